/** What somebody may do to a host with nspawnd, as lines of a shell script that never fails for what it finds. */
import type { Random } from '../../scenarios/soak/random.ts';
import { keysOfDeclarations, someDeclaration, someSettings } from '../generate/declaration.ts';
import { anyJson, hugeText, type Json, jsonText, mutatedJson } from '../generate/json.ts';
import { mutatedText, oddText } from '../generate/text.ts';

const DECLARATIONS = '/etc/nspawnd/containers';
const PROFILES = '/nix/var/nix/profiles';
/** Of the junk: none of them is that of a healthy container. */
const NAMES = ['j0', 'j1', 'j2', 'j3', 'j-4', 'j5.x'];
/** Files whose names are no machine names, the last two no text either; for printf. */
const ODD_FILES = [
  'a_b.json',
  '.json',
  'j0.json.tmp',
  '-.json',
  'é.json',
  'j x.json',
  'j\\n.json',
  '\\377.json',
  'j\\200\\377.json',
];
const SYSTEM = '/nix/store/8bqkfx9b6jj2gbjwk2hbk8pw5m1q0a4f-nixos-system-web-25.11';

export interface Act {
  readonly script: string;
  /** Ends the daemon's process, or may keep it from answering for a moment. */
  readonly restarts?: boolean;
}

/** `system`: one that can be started. */
export function someAct(random: Random, system: string): Act {
  const name = random.pick(NAMES);
  switch (random.below(16)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return { script: write(`${DECLARATIONS}/${name}.json`, someDeclarationText(random, name)) };
    case 4:
    case 5:
      return { script: oddThing(random, `${DECLARATIONS}/${name}.json`) };
    case 6:
      return { script: oddFile(random) };
    case 7:
      return { script: `rm -rf ${DECLARATIONS}/${name}.json` };
    case 8:
      return { script: profile(random, `${PROFILES}/${name}`, system) };
    case 9:
    case 10:
      return { script: state(random, name) };
    case 11:
      return { script: unitFile(random, name) };
    case 12:
      return {
        script: `${write('/etc/nspawnd/nspawnd.json', settingsText(random))}\nsystemctl reload nspawnd || :`,
      };
    case 13:
      return { script: 'nspawnctl reload || :' };
    default:
      return {
        script: random.pick(['systemctl kill -s KILL nspawnd', 'systemctl restart nspawnd']),
        restarts: true,
      };
  }
}

/** All of it away again, and what is left to do done. */
export const CLEAN = `
  rm -rf ${DECLARATIONS}/j* ${DECLARATIONS}/.json ${DECLARATIONS}/-.json ${DECLARATIONS}/a_b.json ${DECLARATIONS}/*.junk
  find ${DECLARATIONS} -mindepth 1 ! -name alpha.json ! -name beta.json -exec rm -rf {} +
  rm -rf ${PROFILES}/j* /var/lib/nspawnd/j* /run/nspawnd/machines/j* /run/systemd/nspawn/j* /etc/systemd/nspawn/j*
  rm -rf /run/systemd/network/70-nspawnd-ve-j* /run/systemd/system/systemd-nspawn@j*
  rm -f /etc/nspawnd/nspawnd.json
  systemctl daemon-reload
  systemctl restart nspawnd`;

function write(path: string, text: string): string {
  const bytes = Buffer.from(text).toString('base64');
  return `rm -rf '${path}'; base64 -d >'${path}' <<'END' || :\n${bytes}\nEND`;
}

function someDeclarationText(random: Random, name: string): string {
  const profile = random.chance(0.7)
    ? `${PROFILES}/${name}`
    : random.pick([SYSTEM, '/dev/zero', '/proc/kmsg', '/etc']);
  const made: { [key: string]: Json } = { ...someDeclaration(random), path: profile };
  switch (random.below(6)) {
    case 0:
      return mutatedText(random, jsonText(random, made));
    case 1:
      return jsonText(random, mutatedJson(random, made));
    case 2:
      return hugeText(random, keysOfDeclarations());
    case 3:
      return jsonText(random, anyJson(random));
    default:
      return jsonText(random, made);
  }
}

function settingsText(random: Random): string {
  return random.chance(0.5) ? jsonText(random, someSettings(random)) : oddText(random, 10);
}

/** What is no file, or one that is not to be read as a whole. */
function oddThing(random: Random, path: string): string {
  const make = random.pick([
    `mkfifo '${path}'`,
    `perl -MSocket -e 'socket(S,PF_UNIX,SOCK_STREAM,0); bind(S,sockaddr_un($ARGV[0]))' '${path}'`,
    `mkdir '${path}'`,
    `truncate -s 400M '${path}'`,
    `head -c 2000000 /dev/zero | tr '\\0' '[' >'${path}'`,
    ...['/dev/zero', '/dev/random', '/proc/kmsg', '/proc/self/mem', '/dev/tty', 'nowhere', '.', '..'].map(
      target => `ln -s ${target} '${path}'`,
    ),
    `ln -s "$(basename '${path}')" '${path}'`,
    `ln -s '${path}.fifo.junk' '${path}'; mkfifo '${path}.fifo.junk'`,
    `: >'${path}'; chmod 0 '${path}'`,
  ]);
  return `rm -rf '${path}' '${path}.fifo.junk'; ${make} || :`;
}

function oddFile(random: Random): string {
  const make = random.pick(['echo "{}" >"$f"', 'ln -s nowhere "$f"', 'mkdir "$f"', 'mkfifo "$f"', ':']);
  return `f=$(printf '${DECLARATIONS}/${random.pick(ODD_FILES)}'); rm -rf -- "$f"; ${make} 2>/dev/null || :`;
}

function profile(random: Random, path: string, system: string): string {
  const long = random.pick([3, 39, 40, 41, 60]);
  const make = random.pick([
    ...[system, system, SYSTEM, 'nowhere', `${path}/x`, '../../../etc', '/dev/zero', '/', path].map(
      to => `ln -s ${to} ${path}`,
    ),
    `for i in $(seq ${long}); do ln -sfn ${path}.$((i - 1)) ${path}.$i; done; ln -sfn ${system} ${path}.0; ln -s ${path}.${long} ${path}`,
    `for i in $(seq 30); do ln -sfn $(printf 'j.l%d/../' $(yes $((i - 1)) | head -50))/ ${PROFILES}/j.l$i; done; ln -s j.l30 ${path}`,
    `mkfifo ${path}`,
    `mkdir -p ${path}`,
  ]);
  return `rm -rf ${path}; { ${make}; } 2>/dev/null || :`;
}

/** State of junk may be anything; that of healthy containers, at most damaged. */
function state(random: Random, name: string): string {
  const directory = random.pick(['/var/lib/nspawnd', '/run/nspawnd/machines']);
  if (random.chance(0.2))
    return write(`${directory}/${random.pick(['alpha', 'beta'])}.json`, `{"version": 1, ${oddText(random)}`);
  if (random.chance(0.2)) return oddThing(random, `${directory}/${name}.json`);
  return write(`${directory}/${name}.json`, jsonText(random, mutatedJson(random, someState(random))));
}

function someState(random: Random): Json {
  const text = (...given: string[]) => random.pick([...given, oddText(random)]);
  const start = () => ({
    system: text(SYSTEM, '/etc', '/nix/store/x'),
    fingerprint: text('0123456789abcdef'),
  });
  const file = () => ({
    kind: text('nspawn', 'network'),
    path: text('/etc/victim', '/run/systemd/nspawn/j0.nspawn'),
    content: text(''),
  });
  const snapshot = () => ({ ...start(), files: Array.from({ length: random.below(3) }, file) });
  return {
    version: random.pick([1, 1, 1, 2, 99, 1.5]),
    lastGood: snapshot(),
    quarantined: Array.from({ length: random.pick([0, 1, 2000]) }, () => ({
      ...start(),
      reason: text('bad'),
      boot: text('x'),
    })),
    hold: snapshot(),
    started: { ...start(), invocation: text('a'.repeat(32)) },
    verdict: {
      ...start(),
      invocation: text('a'),
      complaint: text(''),
      guestState: text('running'),
      failedUnits: [text('a.service')],
    },
    updated: { timestamp: random.pick([1, 1.5, -1, 1e308, 2 ** 60]), duration: random.pick([0, 1.5, -1]) },
    stopped: text(''),
  };
}

function unitFile(random: Random, name: string): string {
  const path = random.pick([
    `/run/systemd/nspawn/${name}.nspawn`,
    `/etc/systemd/nspawn/${name}.nspawn`,
    `/run/systemd/network/70-nspawnd-ve-${name}.network`,
    `/run/systemd/system/systemd-nspawn@${name}.service.d/50-nspawnd.conf`,
  ]);
  const header = `# Rendered by nspawnd ${oddText(random)}\n# System: ${SYSTEM}\n# Fingerprint: 0123456789abcdef\n`;
  const thing = random.chance(0.5)
    ? oddThing(random, path)
    : write(path, random.pick(['', header, oddText(random, 20)]));
  return `mkdir -p "$(dirname '${path}')"; ${thing}`;
}
