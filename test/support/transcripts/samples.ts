import { answerMark as birdMark } from '../../../src/adapters/routers/bird/commands.ts';
import { answerMark as exabgpMark } from '../../../src/adapters/routers/exabgp/commands.ts';
import {
  answerMark as linuxMark,
  readingOrder,
} from '../../../src/adapters/routers/linux/commands.ts';

/** The route that every sample names as ours and as not forwarded by: whoever proves it has proven what is not there. */
export const silentRoute = { prefix: '192.0.2.10/32', nextHop: '203.0.113.9' } as const;

/** A route of somebody else that is in use, so that the tables are not empty. */
export const otherRoute = { prefix: '198.18.7.66/32', nextHop: '10.44.55.88' } as const;

const json = (value: unknown): string => JSON.stringify(value, undefined, 2);

/** What vtysh of FRR 8.4 answers to a whole reading. */
export const frrAnswer = `
 zebra ospfd staticd
${json({
  [otherRoute.prefix]: [
    {
      prefix: otherRoute.prefix,
      protocol: 'static',
      selected: true,
      installed: true,
      nexthops: [{ fib: true, ip: otherRoute.nextHop, afi: 'ipv4', active: true }],
    },
  ],
})}
{}
Building configuration...

Current configuration:
!
frr version 8.4.4
hostname switch
!
ip route ${silentRoute.prefix} ${silentRoute.nextHop} tag 6310 2
ip route ${otherRoute.prefix} ${otherRoute.nextHop}
!
router ospf
 redistribute static
exit
!
end
`;

/** What `ip -j route show` prints for each table of a reading; a table of ours shows only what the kernel has. */
export const linuxAnswer = readingOrder
  .map((_, index) => {
    const isOther = index === 2;
    const table = isOther
      ? [{ dst: '198.18.7.66', gateway: otherRoute.nextHop, dev: 'eth0', flags: [] }]
      : [];
    return `${JSON.stringify(table)}\n${linuxMark}0\n`;
  })
  .join('');

/** What birdc of BIRD 2.0 prints to a whole reading; our route is configured, and another one is the best. */
export const birdAnswer = [
  'BIRD 2.0.12 ready.\nName       Proto      Table      State  Since         Info\ndetour4    Static     master4    up     02:11:09.000  \ndetour6    Static     master6    up     02:11:09.000  \n',
  `BIRD 2.0.12 ready.\n${otherRoute.prefix} via ${otherRoute.nextHop}\n${silentRoute.prefix} via ${silentRoute.nextHop} (dormant)\n`,
  `BIRD 2.0.12 ready.\n${silentRoute.prefix} via ${silentRoute.nextHop} (dormant)\n`,
  'BIRD 2.0.12 ready.\n',
  `BIRD 2.0.12 ready.\nTable master4:\n${otherRoute.prefix}    unicast [hand4 02:11:09.000] * (200)\n\tvia ${otherRoute.nextHop} on eth0\n`,
  '',
  '7\n',
]
  .map((text) => `${text}${birdMark}0\n`)
  .join('');

/** What nft 1.0 prints of our table, in which another address is kept. */
export const nftablesAnswer = JSON.stringify({
  nftables: [
    { metainfo: { version: '1.0.6', json_schema_version: 1 } },
    { table: { family: 'inet', name: 'detour', handle: 1 } },
    { map: { name: 'kept4', elem: [['198.18.7.66', otherRoute.nextHop]] } },
    { set: { name: 'withheld4' } },
    { chain: { name: 'steer', type: 'nat', hook: 'prerouting', prio: -105 } },
    { rule: { chain: 'steer', comment: 'detour 0000 1', expr: [] } },
  ],
});

/** What a program of the script driver prints. */
export const scriptAnswer = `${JSON.stringify({
  version: 1,
  owned: [{ ...silentRoute, isInstalled: false }],
  foreign: [otherRoute],
})}\n`;

const toldByExabgp = ({ prefix, nextHop }: typeof silentRoute | typeof otherRoute): string =>
  `neighbor 10.0.0.9 local-ip 10.0.0.1 local-as 65010 peer-as 65002 router-id 10.0.10.1 family-allowed in-open ipv4 unicast ${prefix} next-hop ${nextHop}`;

/** What ExaBGP 4.2 answers to a whole reading; our route is told to the neighbour, and nobody has heard of it. */
export const exabgpAnswer = [
  'Peer            AS        up/down state       |     #sent     #recvd',
  '10.0.0.9        65002     0:00:07 established          3          1',
  `${exabgpMark}done`,
  `${toldByExabgp(silentRoute)} community [ 64512:6310 no-export ]`,
  toldByExabgp(otherRoute),
  `${exabgpMark}done`,
  '',
].join('\n');
