import { expect, test } from 'vitest';
import { CONTAINER_INTERFACE } from '../../src/service/container-interface.ts';
import { documentedXml, interfaceXml } from '../../src/service/introspection.ts';
import { MANAGER_INTERFACE } from '../../src/service/manager-interface.ts';

// `npx vitest run test/service/interface-files.test.ts -u` writes the files anew.
test('the interface files are those of the declarations', async () => {
  await expect(documentedXml(MANAGER_INTERFACE)).toMatchFileSnapshot(file('org.nixos.nspawn1.Manager.xml'));
  await expect(documentedXml(CONTAINER_INTERFACE)).toMatchFileSnapshot(
    file('org.nixos.nspawn1.Container.xml'),
  );
});

test('what objects serve is what the interface files say, without the comments', () => {
  for (const declaration of [MANAGER_INTERFACE, CONTAINER_INTERFACE]) {
    const withoutComments = documentedXml<never>(declaration).replace(/\n *<!--.*?-->\n/gs, '');
    expect(withoutComments).toContain(`<node>\n${interfaceXml<never>(declaration)}</node>\n`);
  }
});

test('every interface, method, signal, property and argument is documented', () => {
  for (const { doc, methods, signals, properties } of [MANAGER_INTERFACE, CONTAINER_INTERFACE]) {
    const members = [...Object.values(methods), ...Object.values(signals), ...Object.values(properties)];
    const args = [
      ...Object.values(methods).flatMap(method => [...method.in, ...method.out]),
      ...Object.values(signals).flatMap(signal => signal.args),
    ];
    const texts = [doc, ...members.map(member => member.doc), ...args.map(([, , text]) => text)];
    for (const text of texts) expect(text).toMatch(/^\S.*\.$/);
    // A comment in XML ends at the first of these, and an attribute at the first quote.
    for (const text of texts) expect(text).not.toContain('--');
  }
});

function file(name: string): string {
  return `../../dbus/${name}`;
}
