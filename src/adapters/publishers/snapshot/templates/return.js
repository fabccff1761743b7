// Asks now and then whether the site itself answers at this URL again, and goes there when it does.
// It sets nothing in the browser, sends no cookie and replays nothing: all it ever does is GET this URL.
(() => {
  const { body, documentElement } = document;
  const [least, most, spread] = body.dataset.pace.split(' ').map(Number);
  const expected = Date.parse(body.dataset.expected);
  const find = (id) => document.getElementById(id);
  const waiting = find('waiting');

  // A fragment alone would make this a jump inside the page, so step aside first; replace() is always a GET.
  const goBack = () => {
    const { href, hash, pathname } = location;
    if (hash) {
      history.replaceState(null, '', `${pathname}?${Math.random()}`);
    }
    location.replace(href);
  };

  const look = async () => {
    try {
      const answer = await fetch(location.href, {
        method: 'HEAD',
        cache: 'no-store',
        credentials: 'omit',
        redirect: 'manual',
      });
      if (!answer.headers.has('Detour-Notice') && answer.status < 500) {
        waiting.textContent = waiting.dataset.returning;
        // A crowd is waiting: come back one after another.
        setTimeout(goBack, Math.random() * spread);
        return;
      }
    } catch {}
    lookLater();
  };

  const lookLater = () => {
    const pause = least + Math.random() * (most - least);
    setTimeout(look, document.hidden ? pause * 4 : pause);
  };

  const nearness = (minutes) => {
    const [amount, unit] =
      minutes > 90
        ? [Math.round(minutes / 60), 'hour']
        : [minutes > 20 ? Math.ceil(minutes / 5) * 5 : minutes, 'minute'];
    return new Intl.RelativeTimeFormat(documentElement.lang).format(amount, unit);
  };

  // The page may stay open past the promised time: then it is a promise no longer.
  const age = () => {
    const minutes = Math.ceil((expected - Date.now()) / 60000);
    find('expected').hidden = minutes <= 0;
    find('late').hidden = minutes > 0;
    if (minutes > 0) {
      find('in').textContent = minutes < 1440 ? nearness(minutes) : '';
      setTimeout(age, 30000);
    }
  };

  waiting.hidden = false;
  if (expected) {
    age();
  }
  lookLater();
})();
