import type { FrrPlan } from './frr.ts';

/** How the notice switch tells the backbone of its static routes. */
export type RoutingProtocol = 'ospf' | 'bgp';

type Daemons = FrrPlan['daemons'];

// FRR's own limits hold a second change of a prefix back for seconds; a lab that measures Detour must not measure those.
const promptOspf = [
  ' timers throttle spf 0 0 0',
  ' timers throttle lsa all 0',
  ' timers lsa min-arrival 0',
];
const promptOspf6 = [' timers throttle spf 0 0 0', ' timers lsa min-arrival 0'];

const ospfPort = (name: string): readonly string[] => [
  `interface ${name}`,
  ' ip ospf network point-to-point',
  ' ip ospf hello-interval 1',
  ' ip ospf dead-interval 4',
];

const ospf6Port = (name: string): readonly string[] => [
  `interface ${name}`,
  ' ipv6 ospf6 area 0.0.0.0',
  ' ipv6 ospf6 network point-to-point',
  ' ipv6 ospf6 hello-interval 1',
  ' ipv6 ospf6 dead-interval 4',
];

interface Speaker {
  readonly routerId: string;
  readonly port: string;
  readonly ownAs: number;
  readonly peer: string;
  readonly peerAs: number;
}

function ospfDaemons(speaker: Speaker, sources: readonly string[]): Daemons {
  return {
    zebra: [],
    staticd: [],
    ospfd: [
      ...ospfPort(speaker.port),
      'router ospf',
      ` ospf router-id ${speaker.routerId}`,
      ...promptOspf,
      ' network 10.10.3.0/24 area 0',
      ...sources.map((source) => ` redistribute ${source} metric-type 1`),
    ],
    ospf6d: [
      ...ospf6Port(speaker.port),
      'router ospf6',
      ` ospf6 router-id ${speaker.routerId}`,
      ...promptOspf6,
      ...sources.map((source) => ` redistribute ${source} metric-type 1`),
    ],
  };
}

function bgpDaemons(speaker: Speaker, sources: readonly string[]): Daemons {
  const family = (name: string): readonly string[] => [
    ` address-family ${name} unicast`,
    ...sources.map((source) => `  redistribute ${source}`),
    `  neighbor ${speaker.peer} activate`,
    ' exit-address-family',
  ];
  return {
    zebra: [],
    staticd: [],
    bgpd: [
      `router bgp ${speaker.ownAs}`,
      ` bgp router-id ${speaker.routerId}`,
      ' no bgp ebgp-requires-policy',
      ` neighbor ${speaker.peer} remote-as ${speaker.peerAs}`,
      ` neighbor ${speaker.peer} timers 1 3`,
      ` neighbor ${speaker.peer} timers connect 1`,
      ` neighbor ${speaker.peer} advertisement-interval 0`,
      ...family('ipv4'),
      ...family('ipv6'),
    ],
  };
}

function daemons(protocol: RoutingProtocol, speaker: Speaker, sources: readonly string[]): Daemons {
  return protocol === 'ospf' ? ospfDaemons(speaker, sources) : bgpDaemons(speaker, sources);
}

/** The backbone router tells the notice switch of the networks it is connected to. */
export function backboneDaemons(protocol: RoutingProtocol): Daemons {
  const speaker = {
    routerId: '10.10.3.1',
    port: 'switch',
    ownAs: 65_001,
    peer: '10.10.3.2',
    peerAs: 65_002,
  };
  return daemons(protocol, speaker, ['connected']);
}

/** The notice switch tells the backbone of its own network and of every static route, whoever typed it. */
export function switchDaemons(protocol: RoutingProtocol): Daemons {
  const speaker = {
    routerId: '10.10.3.2',
    port: 'backbone',
    ownAs: 65_002,
    peer: '10.10.3.1',
    peerAs: 65_001,
  };
  return daemons(protocol, speaker, ['connected', 'static', 'kernel']);
}
