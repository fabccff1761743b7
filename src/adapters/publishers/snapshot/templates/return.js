// Asks now and then whether the site itself answers at this URL again, and goes there when it does.
// It sets nothing in the browser, sends no cookie and replays nothing: all it ever does is GET this URL.
(() => {
  const { body, documentElement } = document;
  const [least, most, spread] = body.dataset.pace.split(' ').map(Number);
  const expected = Date.parse(body.dataset.expected);
  const find = (id) => document.getElementById(id);
  const waiting = find('waiting');
  const retry = find('retry');
  let next;

  // A fragment alone would make this a jump inside the page, so step aside first; replace() is always a GET.
  const goBack = () => {
    const { href, hash, pathname } = location;
    if (hash) {
      history.replaceState(null, '', `${pathname}?${Math.random()}`);
    }
    location.replace(href);
  };

  // The notice server adds this element to the answer to a form: what was sent is lost, and a person decides what follows.
  const isAnswerToForm = () => document.querySelector('[data-sent]');

  const siteIsBack = () => {
    retry.textContent = retry.dataset.now;
    waiting.hidden = false;
    if (isAnswerToForm()) {
      waiting.textContent = waiting.dataset.posted;
      return;
    }
    waiting.textContent = waiting.dataset.returning;
    // A crowd is waiting: come back one after another.
    setTimeout(goBack, Math.random() * spread);
  };

  const look = async () => {
    next = undefined;
    try {
      const answer = await fetch(location.href, {
        method: 'HEAD',
        cache: 'no-store',
        credentials: 'omit',
        redirect: 'manual',
      });
      // 501 is a site that does not know HEAD: it is there.
      if (!answer.headers.has('Detour-Notice') && (answer.status < 500 || answer.status === 501)) {
        siteIsBack();
        return;
      }
    } catch {}
    lookLater();
  };

  const lookLater = () => {
    const pause = least + Math.random() * (most - least);
    next = setTimeout(look, document.hidden ? pause * 4 : pause);
  };

  const nearness = (minutes) => {
    if (minutes >= 1440) {
      return '';
    }
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
      const inWords = find('in');
      // Nobody knows a repair to the minute.
      inWords.textContent = minutes < 6 ? inWords.dataset.few : nearness(minutes);
      setTimeout(age, 30000);
    }
  };

  // Somebody who looks at the page again need not wait out the long pause of a hidden tab.
  document.addEventListener('visibilitychange', () => {
    if (next && !document.hidden) {
      clearTimeout(next);
      lookLater();
    }
  });
  retry.addEventListener('click', (event) => {
    event.preventDefault();
    goBack();
  });
  // The mark comes after this script.
  document.addEventListener('DOMContentLoaded', () => {
    waiting.hidden = Boolean(isAnswerToForm());
  });
  if (expected) {
    age();
  }
  lookLater();
})();
