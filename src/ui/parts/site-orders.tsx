import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { SiteView } from '../../api/sites/schema.ts';
import { OrderDialog, type OrderInput } from './order-dialog.tsx';
import { useClient, useLive, useMay, useWords } from './page-context.ts';

type Verb = 'divert' | 'restore' | 'hold' | 'release' | 'approve';

const overrideHours = [1, 4, 12, 24, 72];

/** What fits the site now; the rest would only be noise at three in the morning. */
function fittingVerbs(site: SiteView): readonly Verb[] {
  const isBehindNotice = site.visitorsSee === 'notice';
  const isGivenBack = site.override !== null || site.question !== null;
  return [
    ...(site.heldBack?.reason === 'awaiting-approval' ? (['approve'] as const) : []),
    ...(isGivenBack ? (['release'] as const) : []),
    isBehindNotice ? 'restore' : 'divert',
    ...(site.override?.action === 'hold' ? [] : (['hold'] as const)),
  ];
}

interface NeighboursProps {
  readonly mark: string;
  readonly words: string;
  readonly list: SiteView['neighbours'];
}

function Neighbours({ mark, words, list }: NeighboursProps): JSX.Element | null {
  return list.length === 0 ? null : (
    <div class={mark}>
      <p>{words}</p>
      <ul>
        {list.map(({ site, addresses }) => (
          <li key={site}>
            <strong>{site}</strong> {addresses.join(', ')}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Touched({ site }: { readonly site: SiteView }): JSX.Element {
  const words = useWords();
  return (
    <>
      <p class="label">{words.dialog.affects}</p>
      <p class="touched">
        <strong>{site.name}</strong> {site.hostnames.join(', ')}
        <br />
        {site.addresses.join(', ')} · {site.routers.join(', ')}
      </p>
      {site.neighbours.length === 0 ? (
        <p class="faint">{words.dialog.nothingElse}</p>
      ) : (
        <>
          <Neighbours
            mark="warning"
            words={words.dialog.takenAlong}
            list={site.neighbours.filter(({ passedThrough }) => !passedThrough)}
          />
          <Neighbours
            mark="faint"
            words={words.dialog.passedThrough}
            list={site.neighbours.filter(({ passedThrough }) => passedThrough)}
          />
        </>
      )}
    </>
  );
}

/** The orders that a person may give about one site. */
export function SiteOrders({ site }: { readonly site: SiteView }): JSX.Element {
  const words = useWords();
  const client = useClient();
  const live = useLive();
  const may = useMay('operator');
  const [verb, setVerb] = useState<Verb>();
  const give = async (chosen: Verb, { reason, expiresInSeconds }: OrderInput): Promise<void> => {
    const path = `/sites/${site.name}/override`;
    if (chosen === 'release') {
      live.take(await client.ask<SiteView>(path, { method: 'DELETE' }));
    } else if (chosen === 'approve') {
      const approve = { method: 'POST', body: { reason } } as const;
      live.take(await client.ask<SiteView>(`/sites/${site.name}/approve`, approve));
    } else {
      const body = { action: chosen, reason, expiresInSeconds };
      live.take(await client.ask<SiteView>(path, { method: 'PUT', body }));
    }
  };
  return (
    <div class="orders">
      {fittingVerbs(site).map((one) => (
        <button
          key={one}
          type="button"
          class={`order-${one}`}
          disabled={!may}
          title={may ? words.actionMeans[one] : words.needsRole('operator')}
          onClick={() => setVerb(one)}
        >
          {words.action[one]}
        </button>
      ))}
      {!may && <span class="faint">{words.needsRole('operator')}</span>}
      {verb !== undefined && (
        <OrderDialog
          title={words.action[verb]}
          meaning={words.actionMeans[verb]}
          isReasonNeeded={verb !== 'release'}
          hours={verb === 'release' || verb === 'approve' ? [] : overrideHours}
          onGive={(input) => give(verb, input)}
          onClose={() => setVerb(undefined)}
        >
          <Touched site={site} />
        </OrderDialog>
      )}
    </div>
  );
}
