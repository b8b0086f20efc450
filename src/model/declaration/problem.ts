import { NspawndError } from '../errors.ts';
import { quoted, shortened } from '../text.ts';

/** What is wrong with one field of a file. */
export interface Problem {
  /** Dotted path of the field, `network.forwardPorts[0].hostPort`; '' for the file as a whole. */
  readonly field: string;
  readonly message: string;
}

/** Whoever broke each of ten thousand values is served by the first of them. */
const MAX_PROBLEMS = 50;
/** Of one problem and of a sentence with all of them, in characters. */
const MAX_FIELD = 512;
const MAX_MESSAGE = 1024;
const MAX_SENTENCE = 4096;

/** What is wrong with a file: the first fifty problems, and how many there are. */
export class ProblemList {
  readonly shown: Problem[] = [];
  count = 0;

  static of(...problems: readonly Problem[]): ProblemList {
    const list = new ProblemList();
    for (const problem of problems) list.add(() => problem);
    return list;
  }

  /** `describe` is called only for a problem that is shown. */
  add(describe: () => Problem): void {
    this.count += 1;
    if (this.shown.length < MAX_PROBLEMS) this.shown.push(describe());
  }
}

/** A file that is not what it should be, with what is wrong in it. */
export class DeclarationError extends NspawndError {
  /** The first fifty. */
  readonly problems: readonly Problem[];
  /** How many more there are. */
  readonly more: number;

  constructor({ shown, count }: ProblemList) {
    const more = count - shown.length;
    super('InvalidDeclaration', sentence(shown, more));
    this.name = 'DeclarationError';
    this.problems = shown;
    this.more = more;
  }
}

/** `activation.timeout: cannot read "90 parsecs" as a time span` */
export function formatProblem({ field, message }: Problem): string {
  const text = shortened(message, MAX_MESSAGE);
  return field === '' ? text : `${shortened(field, MAX_FIELD)}: ${text}`;
}

/** All problems, one each; the last says how many more there are. */
export function formatProblems({ problems, more }: Pick<DeclarationError, 'problems' | 'more'>): string[] {
  return [...problems.map(formatProblem), ...(more > 0 ? [`and ${more} more problems`] : [])];
}

/** Writes a path for people: `binds."/var/lib/app".hostPath`, `macvlan[0]`. */
export function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((field, key) => {
    if (typeof key === 'number') return `${field}[${key}]`;
    const text = String(key);
    const name = /^[A-Za-z_][\w-]*$/.test(text) ? shortened(text) : quoted(text);
    return field === '' ? name : `${field}.${name}`;
  }, '');
}

/** As many problems as there is room for, in one line. */
function sentence(problems: readonly Problem[], more: number): string {
  const said: string[] = [];
  let room = MAX_SENTENCE;
  for (const problem of problems) {
    const text = formatProblem(problem);
    room -= text.length;
    if (said.length > 0 && room < 0) break;
    said.push(text);
  }
  const left = problems.length - said.length + more;
  return [...said, ...(left > 0 ? [`and ${left} more problems`] : [])].join('; ');
}
