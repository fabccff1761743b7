// a to b: the pause between two looks; c: the time over which a crowd is spread. Every byte counts here.
(() => {
  const [a, b, c] = document.body.dataset.pace.split(' ');
  const url = location.href.split('#')[0];
  const later = () => setTimeout(look, +a + Math.random() * (b - a));
  const look = () =>
    fetch(url, { method: 'HEAD', cache: 'no-store', credentials: 'omit', redirect: 'manual' }).then(
      (r) =>
        r.headers.has('Detour-Notice') || r.status === 500 || r.status > 501
          ? later()
          : document.querySelector('[data-sent]') ||
            setTimeout(() => location.replace(url), Math.random() * c),
      later,
    );
  later();
})();
