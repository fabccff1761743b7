/** What is played. */
export interface SimulationOptions {
  readonly seed: number;
  /** Steps of the core with faults; the quiet end comes on top. */
  readonly steps: number;
  /** True where sites fall back when their controller dies; one seed in four unless said. */
  readonly leases?: boolean;
  readonly trace?: (line: string) => void;
}

/** What happened; what never happened proves nothing. */
export interface SimulationResult {
  readonly seed: number;
  readonly steps: number;
  /** Hash of every event and phase, in order: the same seed gives the same. */
  readonly hash: string;
  readonly crashes: number;
  /** How often a controller stood still and went on. */
  readonly pauses: number;
  /** How often the other controller led. */
  readonly rivalTerms: number;
  readonly diversions: number;
  /** Diversions for which healthy neighbours were seen through the notice host. */
  readonly passages: number;
  /** Routes that a router took back because nobody renewed their lease. */
  readonly lapses: number;
  /** Sites that fell back so, failed on or again, and were diverted anew. */
  readonly anew: number;
}
