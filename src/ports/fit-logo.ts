/**
 * Makes a rendition of a PNG, JPEG or WebP picture: a WebP of at most this many bytes, no wider than a logo is shown.
 * Rejects with DETOUR_LOGO_UNUSABLE when the picture cannot be read, takes too long or cannot be made that small.
 */
export type FitLogo = (picture: Buffer, maxBytes: number) => Promise<Buffer>;
