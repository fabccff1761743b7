import { familyOf } from '../../../src/lib/ip.ts';
import type { CommitRecord, JunosRoute } from './store.ts';

const url = 'http://xml.juniper.net/junos/21.4R0';

const isV4 = ({ prefix }: JunosRoute): boolean => familyOf(prefix) === 'ipv4';

/** `[edit routing-options]` as XML. */
export function configurationXml(routes: readonly JunosRoute[]): string {
  const v4 = statics(routes.filter(isV4));
  const v6 = statics(routes.filter((route) => !isV4(route)));
  return `<configuration xmlns="http://xml.juniper.net/xnm/1.1/xnm" junos:commit-seconds="1795514482" junos:commit-localtime="2026-11-24 10:01:22 UTC" junos:commit-user="admin">
    <routing-options>
        <rib>
            <name>inet6.0</name>
${v6}
        </rib>
${v4}
        <router-id>10.0.0.2</router-id>
    </routing-options>
</configuration>`;
}

function statics(routes: readonly JunosRoute[]): string {
  return `            <static>
                <route>
                    <name>${routes.every(isV4) ? '10.250.0.0/16' : '2001:db8:ffff::/48'}</name>
                    <discard/>
                </route>
${routes.map(routeXml).join('\n')}
            </static>`;
}

function routeXml({ prefix, nextHops, tag }: JunosRoute): string {
  const hops = nextHops.map((hop) => `                    <next-hop>${hop}</next-hop>`);
  const mark =
    tag === undefined
      ? ''
      : `
                    <tag>
                        <metric-value>${tag}</metric-value>
                    </tag>`;
  return `                <route>
                    <name>${prefix}</name>
${hops.join('\n')}${mark}
                </route>`;
}

/** `show route table … protocol static` as XML. */
export function tableXml(table: 'inet.0' | 'inet6.0', routes: readonly JunosRoute[]): string {
  const entries = routes.map(
    ({ prefix, nextHops }) => `        <rt junos:style="brief">
            <rt-destination>${prefix}</rt-destination>
            <rt-entry>
                <active-tag>*</active-tag>
                <current-active/>
                <last-active/>
                <protocol-name>Static</protocol-name>
                <preference>5</preference>
                <age junos:seconds="12">00:00:12</age>
${nextHops
  .map(
    (hop) =>
      `                <nh>
                    <selected-next-hop/>
                    <to>${hop}</to>
                    <via>ge-0/0/1.0</via>
                </nh>`,
  )
  .join('\n')}
            </rt-entry>
        </rt>`,
  );
  return `<route-information xmlns="${url}/junos-routing">
    <!-- keepalive -->
    <route-table>
        <table-name>${table}</table-name>
        <destination-count>${routes.length + 3}</destination-count>
        <total-route-count>${routes.length + 3}</total-route-count>
        <active-route-count>${routes.length + 3}</active-route-count>
        <holddown-route-count>0</holddown-route-count>
        <hidden-route-count>0</hidden-route-count>
${entries.join('\n')}
    </route-table>
</route-information>`;
}

/** `show system commit` as XML. */
export function commitsXml(history: readonly CommitRecord[], isPending: boolean): string {
  const entries = history.map(
    ({ user, client, date, minutes }, at) => `    <commit-history>
        <sequence-number>${at}</sequence-number>
        <user>${user}</user>
        <client>${client}</client>
        <date-time junos:seconds="1795514482">${date}</date-time>${
          minutes === undefined
            ? ''
            : `
        <comment>commit confirmed, rollback in ${minutes}mins</comment>`
        }${
          at === 0 && isPending
            ? `
        <commit-confirmed>rollback pending</commit-confirmed>`
            : ''
        }
    </commit-history>`,
  );
  return `<commit-information xmlns="${url}/junos-commit">
${entries.join('\n')}
</commit-information>`;
}

/** What `| display xml` puts around an answer on the command line. */
export function displayXml(content: string, isConfiguring: boolean): string {
  const banner = isConfiguring ? '<banner>[edit]</banner>' : '<banner></banner>';
  return `<rpc-reply xmlns:junos="${url}/junos">
${content}
    <cli>
        ${banner}
    </cli>
</rpc-reply>
`;
}
