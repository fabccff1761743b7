import { type BrakeName, brakeNames, releasableBrakes } from '../../core/brake.ts';
import { toldText } from '../../core/record-told.ts';
import type { State } from '../../core/state.ts';
import { second } from '../../lib/time.ts';
import { timeOf, timeOrNull } from '../http/fields.ts';
import type { ApiContext } from '../http/options.ts';
import { ApiProblem } from '../http/problem.ts';
import { type ApiServer, ownerOf } from '../http/server.ts';
import {
  type BrakeView,
  brakeListSchema,
  brakeParams,
  brakeViewSchema,
  releaseInputSchema,
} from './schema.ts';

function brakeView(state: State, name: BrakeName): BrakeView {
  const { isActive, since, detail, holding, release } = state.brakes[name];
  return {
    brake: name,
    isActive,
    since: timeOrNull(since),
    detail,
    told: toldText('brake-engaged', detail),
    holding: [...holding],
    isReleasable: releasableBrakes.includes(name),
    release:
      release === undefined
        ? null
        : {
            owner: release.owner,
            reason: release.reason,
            until: timeOf(release.until),
            sites: [...release.sites],
          },
  };
}

function refuseRelease(state: State, name: BrakeName): void {
  if (!releasableBrakes.includes(name)) {
    throw new ApiProblem(
      409,
      'brake-not-releasable',
      `Nobody may release the brake ${name}; it ends when what it guards against ends. An override moves a single site.`,
    );
  }
  if (!state.brakes[name].isActive) {
    throw new ApiProblem(
      409,
      'brake-not-holding',
      `The brake ${name} holds nothing back now, so there is nothing to release.`,
    );
  }
}

/** Routes of the brakes. */
export function brakeRoutes(app: ApiServer, { control, now }: ApiContext): void {
  app.get(
    '/brakes',
    {
      schema: {
        operationId: 'listBrakes',
        tags: ['brakes'],
        summary: 'What holds automation back.',
        response: { 200: brakeListSchema },
      },
    },
    () => ({ brakes: brakeNames.map((name) => brakeView(control.state(), name)) }),
  );
  app.post(
    '/brakes/:brake/release',
    {
      schema: {
        operationId: 'releaseBrake',
        tags: ['brakes'],
        summary: 'Let the sites that a brake holds now through.',
        description: 'Sites that come to be held later stay held.',
        params: brakeParams,
        body: releaseInputSchema,
        response: { 200: brakeViewSchema },
      },
    },
    async (request) => {
      const { brake } = request.params;
      refuseRelease(control.state(), brake);
      const state = await control.submit({
        type: 'brake-released',
        brake,
        owner: ownerOf(request),
        reason: request.body.reason,
        until: now() + request.body.expiresInSeconds * second,
      });
      return brakeView(state, brake);
    },
  );
}
