/**
 * How Node is to be started for a process that answers visitors. A socket of Node outlives its first collection of young
 * objects though nobody holds it any more (decision 20), so each such collection copies every connection since the last.
 * With little room for young objects that is often and short, a millisecond, and not seldom and ten: visitors wait for it.
 */
export const noticeNodeFlags = ['--max-semi-space-size=1'] as const;
