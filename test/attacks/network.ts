import { type Attack, line, lines, type RunAttack } from './attack.js';

const reaching = (name: string, address: string, port: string, more: Partial<RunAttack> = {}): RunAttack => ({
  kind: 'run',
  name: `reaching ${name}`,
  program: 'connect',
  arguments: [address, port],
  end: 'exited 0',
  witness: lines(['tcp', 'udp', 'fast open'], 'ENETUNREACH|ECONNREFUSED|EADDRNOTAVAIL'),
  ...more,
});

const FAMILIES =
  `vsock|netlink|audit|uevent|alg|packet|packet cooked|bluetooth|can|tipc|rxrpc|key|xdp|smc|kcm|qipcrtr|nfc|
unspecified|netlink high|pair of tipc`
    .replaceAll('\n', '')
    .split('|');
const LOCKS = [
  'flock',
  'setlk',
  'setlkw',
  'ofd',
  'ofd wait',
  'lease',
  'notify',
  'inotify',
  'inotify folder',
  'setlk high',
];

export const network: readonly Attack[] = [
  reaching('a service of this machine', '127.0.0.1', '{port}', { redWithout: ['netns'] }),
  reaching('a service of this machine by IPv6', '::ffff:127.0.0.1', '{port}', { redWithout: ['netns'] }),
  reaching('the metadata service of a cloud', '169.254.169.254', '80'),
  reaching('an address far away', '192.0.2.1', '80'),
  reaching('an address far away by IPv6', '2001:db8::1', '80'),
  reaching('a name server', '192.0.2.53', '53'),
  reaching('everybody near', '224.0.0.1', '5353'),
  {
    kind: 'run',
    name: 'resolving a name',
    program: 'resolve',
    arguments: ['example.com'],
    end: 'exited 0',
    witness: [/^resolve (EAI_AGAIN|Name or service not known)$/m],
  },
  {
    kind: 'run',
    name: 'families of sockets that know no network namespace',
    program: 'families',
    end: 'exited 0',
    witness: [...lines(FAMILIES, 'EAFNOSUPPORT'), ...lines(['raw', 'raw6', 'old packet'], 'EPERM|EACCES|EAFNOSUPPORT')],
    never: /got|refused/,
    redWithout: ['seccomp'],
  },
  {
    kind: 'run',
    name: 'interfaces, low ports, marks',
    program: 'interfaces',
    end: 'exited 0',
    witness: [
      /^lo down$/m,
      /^others 0$/m,
      ...lines(['lo up', 'mark'], 'EPERM'),
      line('device', 'ENODEV|EPERM'),
      line('list', 'EAFNOSUPPORT'),
      line('low port', 'EACCES'),
    ],
    redWithout: ['netns'],
  },
  {
    kind: 'run',
    name: 'sockets of services outside',
    program: 'unix-connect',
    arguments: ['{abstract}', '{socket}'],
    end: 'exited 0',
    witness: [line('abstract', 'ECONNREFUSED'), line('path', 'ENOENT')],
    redWithout: ['netns'],
  },
  {
    kind: 'run',
    name: 'an abstract socket of the run in the other slot',
    program: 'unix-connect',
    arguments: ['@saiban-neighbour'],
    end: 'exited 0',
    witness: [line('abstract', 'ECONNREFUSED')],
    redWithout: ['netns'],
  },
  {
    kind: 'run',
    name: 'port, segment and file of the run in the other slot',
    program: 'foreign-ipc',
    end: 'exited 0',
    witness: [
      line('port', 'ENETUNREACH|ECONNREFUSED'),
      ...lines(['segment', 'queue', 'file'], 'ENOENT'),
      line('segments', 'got 0'),
    ],
    redWithout: ['netns'],
  },
  {
    kind: 'run',
    name: 'telling another run something by locks and watches',
    program: 'lock-channel',
    arguments: ['/usr/bin/env'],
    end: 'exited 0',
    witness: [...lines(LOCKS, 'EPERM'), line('lockf', 'EPERM')],
    never: /got/,
    redWithout: ['seccomp'],
  },
  {
    kind: 'run',
    name: 'telling another run something by locks of the input file',
    program: 'lock-channel',
    arguments: ['/proc/self/fd/0'],
    withInput: true,
    end: 'exited 0',
    witness: [...lines(LOCKS, 'EPERM'), line('lockf', 'EPERM')],
    never: /got/,
    redWithout: ['seccomp'],
  },
  {
    kind: 'run',
    name: 'locks and watches where a runtime needs them',
    program: 'lock-channel',
    arguments: ['/usr/bin/env'],
    allowFileLocks: true,
    end: 'exited 0',
    // Leases are for the owner of a file, whatever the filter says.
    witness: [...lines(['flock', 'setlk', 'inotify'], 'got (0|through)')],
  },
];
