/** What was said to a router and what it answered during one operation, for a person. */
export interface Conversation {
  /** Forgets what was said; a new operation begins. */
  begin(): void;
  /** Everything since then: secrets hidden, bounded in size; empty when nothing was said. */
  text(): string;
}
