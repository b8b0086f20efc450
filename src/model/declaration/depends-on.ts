import * as z from 'zod/mini';
import { isMachineName } from '../name.ts';
import { quoted } from '../text.ts';
import { must } from './schema.ts';

const name = z
  .string()
  .check(must(one => (isMachineName(one) ? undefined : `${quoted(one)} is not a valid machine name`)));

/** Of one container. All of them are gone through whenever a declaration changed. */
const MAX_DEPENDENCIES = 256;

/** Other containers: started before this one, stopped after it. Whether they exist is seen where all are known. */
export const dependsOn = z._default(
  z.array(name).check(
    must(names => {
      if (names.length > MAX_DEPENDENCIES) return `more than ${MAX_DEPENDENCIES} containers`;
      const seen = new Set<string>();
      const twice = names.find(one => seen.size === seen.add(one).size);
      return twice === undefined ? undefined : `${quoted(twice)} is given twice`;
    }),
  ),
  [],
);
