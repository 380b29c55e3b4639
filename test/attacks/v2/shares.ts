import { existsSync, lstatSync, readlinkSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { CHECKOUT } from '../../../apps/launcher/src/checkout.js';

/** The host's system, whose C library Node was linked with. Links are links there too: /lib leads to /usr/lib. */
const SYSTEM = ['/usr', '/etc', '/bin', '/sbin', '/lib', '/lib32', '/lib64'];
/** Of the checkout: what is run, what it was made from, and what it imports. */
const PARTS = ['dist', 'apps', 'libs', 'test', 'node_modules', 'package.json'];

/**
 * What the guest sees of the host, as lines for init.sh: `bind` and `link`, what, where. Own names in the guest where
 * that is possible: the host's folders may lie where an ordinary user may not look, and the log is not to tell them.
 */
export function sharesFile(tree: string, packsFolder: string): Buffer {
  const lines = [
    ...SYSTEM.filter((name) => existsSync(name)).map(systemLine),
    bind(process.execPath, '/saiban/node'),
    ...PARTS.map((name) => bind(path.join(CHECKOUT, name), `/saiban/checkout/${name}`)),
    // At its own place: the name of the sandbox's program, which is compiled here, has the tree's path in its hash. And with
    // the folder that holds it, which is what the sandbox mounts, without what is mounted below.
    bind(path.dirname(tree), path.dirname(tree)),
    bind(packsFolder, '/saiban/packs'),
  ];
  return Buffer.from(`${lines.join('\n')}\n`);
}

const systemLine = (name: string) =>
  lstatSync(name).isSymbolicLink() ? `link\t${readlinkSync(name)}\t${name}` : bind(name, name);

function bind(what: string, where: string): string {
  const real = realpathSync(what);
  if (/[\t\n\\]/.test(real))
    throw new Error(`The guest cannot be shown ${JSON.stringify(real)}: it has strange characters.`);
  return `bind\t${real}\t${where}`;
}
