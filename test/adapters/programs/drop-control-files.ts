/** Prints what `dropControlFiles(NAME)` removed as JSON. */
import { dropControlFiles } from '../../../src/adapters/control-files.ts';

console.log(JSON.stringify(dropControlFiles(process.argv[2] ?? '')));
