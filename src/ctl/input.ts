import { decode, readText } from '../adapters/files.ts';
import { MAX_BYTES } from '../model/bounds.ts';

const OPTIONS = { max: MAX_BYTES.declaration, strict: true };

/** A declaration or settings file, read as the daemon reads it: a FIFO or a device keeps nobody waiting. */
export function readDeclaration(file: string): string {
  return readText(file, OPTIONS).text;
}

/** The same from standard input, which may well be a pipe. */
export async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk);
    length += chunk.length;
    // What was read already is too much.
    if (length > OPTIONS.max) break;
  }
  return decode(Buffer.concat(chunks), OPTIONS);
}
