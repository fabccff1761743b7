const linkSchemes = ['http:', 'https:', 'mailto:', 'tel:'];

/** True for the links a notice may carry: http, https, mailto and tel, and no user name or password in them. */
export function isNoticeLink(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    linkSchemes.includes(url.protocol) &&
    url.username === '' &&
    url.password === '' &&
    (url.hostname !== '' || !url.protocol.startsWith('http'))
  );
}
