import { expect, it } from 'vitest';
import type { Host } from '../host/index.ts';
import { onEachSystemd, type Scenario } from './world.ts';

const STATIC = '/etc/static/nspawnd';

/** Where NixOS puts links to what is in /etc/static, which it swaps at once and before it looks after the links. */
const LAYOUTS = {
  'each file a link': `mkdir -p /etc/nspawnd/containers
cd /etc/nspawnd/containers
for link in *.json; do [ -e "$link" ] || rm -f "$link"; done
for file in ${STATIC}/containers/*.json; do
  ln -s "$file" "\${file##*/}.tmp"
  mv -T "\${file##*/}.tmp" "\${file##*/}"
done`,
  'one link to all': `[ -L /etc/nspawnd ] || rmdir /etc/nspawnd/containers /etc/nspawnd
ln -s ${STATIC} /etc/nspawnd.tmp
mv -T /etc/nspawnd.tmp /etc/nspawnd`,
};

const BIND = { binds: { '/srv': { readOnly: true } } };
const REFUSED = 'activation.timeout: cannot read "90 parsecs" as a time span';

for (const [layout, links] of Object.entries(LAYOUTS)) {
  onEachSystemd(`an /etc that NixOS switches, ${layout}`, get => {
    it('starts what it declares', async () => {
      const { host, deploy, settle } = get();
      for (const name of ['same', 'changed', 'gone', 'new']) await deploy(name, '1', 'tiny');
      await switchTo(host, { same: {}, changed: {}, gone: {} });
      await host.run(['systemctl', 'start', 'nspawnd']);
      expect(await settle()).toBe(0);
      expect(await running(get())).toEqual(['changed', 'gone', 'same']);
    });

    it('updates, starts and stops exactly what differs, on reload', async () => {
      const { host, settle, invocation } = get();
      const [same, changed] = [await invocation('same'), await invocation('changed')];
      await switchTo(host, { same: {}, changed: BIND, new: {} });
      await host.run(['systemctl', 'reload', 'nspawnd']);
      expect(await settle()).toBe(0);
      expect(await running(get())).toEqual(['changed', 'new', 'same']);
      expect(await host.sh('systemctl is-active systemd-nspawn@gone || :')).toBe('inactive');
      expect(await invocation('same')).toBe(same);
      expect(await invocation('changed')).not.toBe(changed);
      expect(await host.sh('nspawnctl plan --json')).toBe('[]');
    });

    it('fails visibly where it declares nonsense, and touches only what else differs', async () => {
      const { host, settle, container, invocation } = get();
      const before = await Promise.all(['same', 'changed', 'new'].map(invocation));
      await switchTo(host, { same: {}, changed: { activation: { timeout: '90 parsecs' } }, new: BIND });
      const reload = await host.run(['systemctl', 'reload', 'nspawnd'], { reject: false });
      expect(reload.exitCode).not.toBe(0);
      // systemctl points to these two for details.
      const complaint = `nspawnctl: cannot reload: /etc/nspawnd/containers/changed.json: ${REFUSED}`;
      const status = await host.run(['systemctl', 'status', 'nspawnd'], { reject: false });
      expect(status.stdout).toContain(complaint);
      expect(await host.sh('journalctl -t nspawnd -u nspawnd -o cat')).toContain(complaint);

      await settle();
      expect(await container('changed')).toMatchObject({
        state: 'invalid',
        reason: expect.stringContaining(REFUSED),
      });
      const after = await Promise.all(['same', 'changed', 'new'].map(invocation));
      expect(after.map((one, at) => one === before[at])).toEqual([true, true, false]);

      await switchTo(host, { same: {}, changed: BIND, new: BIND });
      await host.run(['systemctl', 'reload', 'nspawnd']);
      expect(await settle()).toBe(0);
      expect(await Promise.all(['same', 'changed', 'new'].map(invocation))).toEqual(after);
    });
  });

  /** Builds an /etc in the store with these declarations, and activates it in the order in which NixOS does. */
  async function switchTo(host: Host, declarations: Record<string, object>): Promise<void> {
    const files = Object.entries(declarations).map(([name, declaration]) => {
      const activation = { settle: '0s' };
      const text = JSON.stringify({ path: `/nix/var/nix/profiles/${name}`, activation, ...declaration });
      return `printf %s '${text}' >"$new/${name}.json"
ln -s "$(nix-store --add "$new/${name}.json")" "$new/etc/nspawnd/containers/${name}.json"`;
    });
    await host.sh(`new=$(mktemp -d)
mkdir -p "$new/etc/nspawnd/containers"
${files.join('\n')}
ln -s "$(nix-store --add "$new/etc")" /etc/.static.tmp
mv -T /etc/.static.tmp /etc/static
${links}`);
  }
}

async function running({ host }: Scenario): Promise<string[]> {
  const containers: { name: string; state: string }[] = JSON.parse(await host.sh('nspawnctl list --json'));
  return containers.filter(({ state }) => state === 'running').map(({ name }) => name);
}
