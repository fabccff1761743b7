/** One way to get the code wrong, and the promise that it would break. */
export interface Mutant {
  readonly name: string;
  /** Number of the promise in DESIGN section 4. */
  readonly promise: number;
  readonly edits: readonly {
    readonly file: string;
    /** Stands exactly once in the file. */
    readonly find: string;
    readonly put: string;
  }[];
}

function mutant(
  promise: number,
  name: string,
  ...edits: readonly (readonly [file: string, find: string, put: string])[]
): Mutant {
  return { name, promise, edits: edits.map(([file, find, put]) => ({ file, find, put })) };
}

/** Errors that are easily made and dangerous; each must be found by the simulation or by a story. */
export const mutants: readonly Mutant[] = [
  mutant(2, 'a route is removed although it is not in the ledger', [
    'controller/router-runner.ts',
    'before.owned.filter(({ prefix }) => ours.has(prefix))',
    'before.owned',
  ]),
  mutant(
    2,
    'a foreign route is written over',
    ['core/sync-routers.ts', 'router.foreign.length === 0', 'true'],
    [
      'core/permits.ts',
      'const foreign = router.foreign.find(({ prefix }) =>',
      'const foreign = router.foreign.find(({ prefix }) => prefix === "" &&',
    ],
    [
      'controller/runner-guard.ts',
      'return foreign.some(({ prefix }) => prefix === route.prefix)',
      'return foreign.length < 0',
    ],
  ),
  mutant(3, 'the route moves before the notice answers', [
    'core/diversion.ts',
    "{ name: 'diverting', diversion, stage: 'publishing' }",
    "{ name: 'diverting', diversion, stage: 'installing' }",
  ]),
  mutant(3, 'a notice that could not be published is taken for live', [
    'core/on-command.ts',
    "  if (site.phase.name === 'diverting') {",
    "  if (site.phase.name === 'diverting' && site.phase.stage !== 'publishing') {",
  ]),
  mutant(4, 'a route counts as installed when the router only accepted it', [
    'core/installation.ts',
    "return have.isInstalled ? 'installed' : 'accepted';",
    "return 'installed';",
  ]),
  mutant(4, 'a diversion is called proven without a look through the data path', [
    'core/diversion.ts',
    '    turn.patchSite(name, { waitingFor: ids, isUnderWay: true });\n    return;\n  }\n  if (site.waitingFor.length > 0) {\n    return;\n  }\n  const text',
    '    turn.patchSite(name, { isUnderWay: true });\n    return;\n  }\n  const text',
  ]),
  mutant(4, 'a proof that failed is ignored', [
    'core/on-command.ts',
    "  if (site.phase.name === 'diverting') {",
    "  if (site.phase.name === 'diverting' && site.phase.stage !== 'proving') {",
  ]),
  mutant(4, 'a diversion whose route never comes waits for ever', [
    'core/diversion.ts',
    'if (turn.now - since > patienceMs) {',
    'if (turn.now - since > patienceMs * 100) {',
  ]),
  mutant(
    5,
    'an inconclusive probe counts as a failure',
    ['core/target-health.ts', "outcome === 'inconclusive'", 'false'],
    ['core/target-health.ts', "outcome === 'fail' ?", "outcome !== 'pass' ?"],
  ),
  mutant(5, 'a site is down one failure early', [
    'core/target-health.ts',
    'fails >= fall',
    'fails >= fall - 1',
  ]),
  mutant(5, 'a site is up after its first pass', [
    'core/target-health.ts',
    'passes >= rise',
    'passes >= 1',
  ]),
  mutant(5, 'one vantage of three is enough for a verdict', [
    'core/verdict.ts',
    'down >= quorum(live)',
    'down >= 1',
  ]),
  mutant(5, 'a stale sample is trusted', [
    'core/verdict.ts',
    'now - at <= recentMs(spec)',
    'now - at >= 0',
  ]),
  mutant(5, 'too few vantages give a verdict', [
    'core/verdict.ts',
    'if (live < leastLive(total)) {',
    'if (live < Math.min(1, leastLive(total))) {',
  ]),
  mutant(5, 'a restore is begun while one vantage still sees the site down', [
    'core/verdict.ts',
    'views.every(({ health }) => health.passes >= spec.rise)',
    'views.some(({ health }) => health.passes >= spec.rise)',
  ]),
  mutant(6, 'one diversion more than the brake allows', [
    'core/permits.ts',
    'active >= activeLimit(state)',
    'active > activeLimit(state)',
  ]),
  mutant(6, 'the pace of diversions is not held', [
    'core/permits.ts',
    'recent >= count &&',
    'recent > 99 * count &&',
  ]),
  mutant(6, 'many that fail together are diverted one by one', [
    'core/permits.ts',
    'const isHeldByMass = mass.isActive &&',
    'const isHeldByMass = mass.isActive && mass.detail === "" &&',
  ]),
  mutant(
    6,
    'an isolated prober goes on writing',
    [
      'core/permits.ts',
      'if (state.isolation.isIsolated) {',
      'if (state.isolation.isIsolated && now < 0) {',
    ],
    [
      'controller/runner-guard.ts',
      'if (this.#isIsolated()) {',
      'if (this.#isIsolated() && plan.add.length > 99) {',
    ],
  ),
  mutant(6, 'failures seen while the uplink was down still count', [
    'core/step.ts',
    'event.isIsolated ? [] : everySite(turn)) {',
    '[]) {',
  ]),
  mutant(6, 'a freeze is not obeyed', [
    'core/permits.ts',
    'if (state.freeze !== undefined) {',
    'if (state.freeze !== undefined && state.freeze.owner === "") {',
  ]),
  mutant(6, 'a site flaps without a hold-down', [
    'core/permits.ts',
    'own.holdDownUntil !== undefined && now < own.holdDownUntil',
    'own.holdDownUntil !== undefined && now < 0',
  ]),
  mutant(7, 'an order to restore does not stop the rule', [
    'core/advance-on-origin.ts',
    "followHealth(turn, name, site) || site.override?.action === 'restore'",
    'followHealth(turn, name, site)',
  ]),
  mutant(7, 'an order is forgotten by a restart', [
    'core/durable-changes.ts',
    '...(site.override === undefined ? {} : { override: site.override }),',
    '',
  ]),
  mutant(7, 'an order never ends', [
    'core/on-order.ts',
    'turn.now >= override.expiresAt',
    'turn.now < 0',
  ]),
  mutant(7, 'nobody is reminded before an order ends', [
    'core/on-order.ts',
    '!override.isReminded && !isShort &&',
    'override.isReminded && !isShort &&',
  ]),
  mutant(
    8,
    'the first rounds after a start are not waited for',
    ['core/permits.ts', '  if (!state.isWarmedUp) {', '  if (!state.isWarmedUp && now < 0) {'],
    [
      'core/permits.ts',
      'if (!isWarm(state, site.name)) {',
      'if (!isWarm(state, site.name) && now < 0) {',
    ],
  ),
  mutant(9, 'a router hears of an intent before it is durable', [
    'controller/controller.ts',
    '    const changes = durableChanges(before, after);',
    "    const changes = durableChanges(before, after).filter(({ kind }) => kind !== 'ledger');",
  ]),
  mutant(9, 'a half-done diversion is not taken up after a crash', [
    'core/initial-state.ts',
    "? { ...phase, stage: 'publishing' }",
    "? { name: 'serving' }",
  ]),
  mutant(9, 'an intent that could not be written down is acted upon', [
    'controller/controller.ts',
    '      this.#giveBack({ event, settle }, error);\n      return;\n    }\n    this.#state',
    '      audit = [];\n    }\n    this.#state',
  ]),
  mutant(9, 'a router that refused once is never tried again', [
    'core/change-pace.ts',
    'if (retryAt === undefined || now >= retryAt) {',
    'if (retryAt === undefined) {',
  ]),
  mutant(9, 'two operations run at once on one router', [
    'controller/router-runner.ts',
    'const turn = this.#last.then(act, act);',
    'const turn = act();',
  ]),
  mutant(9, 'a restore ends before the route is gone', [
    'core/restore.ts',
    'if (areRoutesGone(turn.state, name, phase.diversion.addresses, site.stageSince)) {',
    'if (site.isUnderWay) {',
  ]),
  mutant(
    11,
    'a controller that lost the lease writes on',
    [
      'core/permits.ts',
      '  if (!state.isLeader) {\n    return notLeading;',
      '  if (!state.isLeader && now < 0) {\n    return notLeading;',
    ],
    [
      'controller/router-runner.ts',
      'if (router === undefined || !mayAct()) {',
      'if (router === undefined) {',
    ],
  ),
  mutant(11, 'a controller paused past its lease writes when it wakes', [
    'controller/router-runner.ts',
    'if (router === undefined || !mayAct()) {',
    'if (router === undefined) {',
  ]),
];
