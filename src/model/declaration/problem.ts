import { NspawndError } from '../errors.ts';
import { quoted, shortened } from '../text.ts';

/** What is wrong with one field of a file. */
export interface Problem {
  /** Dotted path of the field, `network.forwardPorts[0].hostPort`; '' for the file as a whole. */
  readonly field: string;
  readonly message: string;
}

/** A file that is not what it should be, with everything that is wrong in it. */
export class DeclarationError extends NspawndError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super('InvalidDeclaration', problems.map(formatProblem).join('; '));
    this.name = 'DeclarationError';
    this.problems = problems;
  }
}

/** `activation.timeout: cannot read "90 parsecs" as a time span` */
export function formatProblem({ field, message }: Problem): string {
  return field === '' ? message : `${field}: ${message}`;
}

/** Writes a path for people: `binds."/var/lib/app".hostPath`, `macvlan[0]`. */
export function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((field, key) => {
    if (typeof key === 'number') return `${field}[${key}]`;
    const name = /^[A-Za-z_][\w-]*$/.test(String(key)) ? shortened(String(key)) : quoted(String(key));
    return field === '' ? name : `${field}.${name}`;
  }, '');
}
