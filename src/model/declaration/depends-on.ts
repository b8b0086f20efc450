import * as z from 'zod/mini';
import { isMachineName } from '../name.ts';
import { quoted } from '../text.ts';
import { must } from './schema.ts';

const name = z
  .string()
  .check(must(one => (isMachineName(one) ? undefined : `${quoted(one)} is not a valid machine name`)));

/** Other containers: started before this one, stopped after it. Whether they exist is seen where all are known. */
export const dependsOn = z._default(
  z.array(name).check(
    must(names => {
      const twice = names.find((one, at) => names.indexOf(one) < at);
      return twice === undefined ? undefined : `${quoted(twice)} is given twice`;
    }),
  ),
  [],
);
