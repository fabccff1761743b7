import { escapeXml } from './xml.ts';

/** Capabilities that we offer or look for (RFC 6241, section 8, and appendix of RFC 4741). */
export const capabilities = {
  base10: 'urn:ietf:params:netconf:base:1.0',
  base11: 'urn:ietf:params:netconf:base:1.1',
  candidate: 'urn:ietf:params:netconf:capability:candidate:1.0',
  confirmedCommit10: 'urn:ietf:params:netconf:capability:confirmed-commit:1.0',
  confirmedCommit11: 'urn:ietf:params:netconf:capability:confirmed-commit:1.1',
  validate10: 'urn:ietf:params:netconf:capability:validate:1.0',
  validate11: 'urn:ietf:params:netconf:capability:validate:1.1',
} as const;

export const baseNamespace = 'urn:ietf:params:xml:ns:netconf:base:1.0';

export const lockCandidate = '<lock><target><candidate/></target></lock>';
export const unlockCandidate = '<unlock><target><candidate/></target></unlock>';
export const validateCandidate = '<validate><source><candidate/></source></validate>';
export const discardChanges = '<discard-changes/>';
export const closeSession = '<close-session/>';

/** Edits the candidate; merges unless an element says otherwise, and takes all or nothing where the server can. */
export function editCandidate(config: string): string {
  return `<edit-config><target><candidate/></target><default-operation>merge</default-operation><config>${config}</config></edit-config>`;
}

/** Commits for good; with the id of a standing confirmed commit it confirms that one. */
export function commitForGood(persistId?: string): string {
  return persistId === undefined
    ? '<commit/>'
    : `<commit><persist-id>${escapeXml(persistId)}</persist-id></commit>`;
}

/** Commits until a time-out; with an id the commit outlives the session that made it. */
export function commitConfirmed(seconds: number, persistId?: string): string {
  const persist = persistId === undefined ? '' : `<persist>${escapeXml(persistId)}</persist>`;
  return `<commit><confirmed/><confirm-timeout>${seconds}</confirm-timeout>${persist}</commit>`;
}

/** Takes a confirmed commit back before its time-out. */
export function cancelCommit(persistId?: string): string {
  return persistId === undefined
    ? '<cancel-commit/>'
    : `<cancel-commit><persist-id>${escapeXml(persistId)}</persist-id></cancel-commit>`;
}

/** The first message of a session. */
export function hello(): string {
  return `<?xml version="1.0" encoding="UTF-8"?><hello xmlns="${baseNamespace}"><capabilities><capability>${capabilities.base10}</capability><capability>${capabilities.base11}</capability></capabilities></hello>`;
}

/** One request. */
export function request(messageId: number, operation: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><rpc xmlns="${baseNamespace}" message-id="${messageId}">${operation}</rpc>`;
}
