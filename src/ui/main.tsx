import { type JSX, render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { openClient, RequestFailed } from './api/client.ts';
import { PageProvider } from './parts/page-context.ts';
import { SignIn } from './parts/sign-in.tsx';
import { Workplace } from './parts/workplace.tsx';
import { LiveWorld } from './state/live-world.ts';
import { en, type Words } from './words/en.ts';
import { ko } from './words/ko.ts';

const tokenKey = 'detour-token';
const languageKey = 'detour-language';

/** A link of the quick start carries its token behind `#`, which no server sees; it leaves the address bar at once. */
function tokenFromLink(): string | undefined {
  const token = /^#token=(\S+)$/.exec(location.hash)?.[1];
  if (token !== undefined) {
    history.replaceState(null, '', '/');
    sessionStorage.setItem(tokenKey, token);
  }
  return token;
}

function wordsFor(language: string): Words {
  return language.startsWith('ko') ? ko : en;
}

function Page(): JSX.Element {
  const [words, setWords] = useState(
    wordsFor(localStorage.getItem(languageKey) ?? navigator.language),
  );
  const [token, setToken] = useState(
    tokenFromLink() ?? sessionStorage.getItem(tokenKey) ?? undefined,
  );
  const [live, setLive] = useState<LiveWorld>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    document.documentElement.lang = words.language;
  }, [words]);
  useEffect(() => {
    if (token === undefined) {
      return;
    }
    const world = new LiveWorld(openClient(token));
    world.start().then(
      () => {
        sessionStorage.setItem(tokenKey, token);
        setLive(world);
      },
      (problem: unknown) => {
        world.close();
        if (problem instanceof RequestFailed && problem.status === 401) {
          sessionStorage.removeItem(tokenKey);
        }
        setError(problem);
        setToken(undefined);
      },
    );
    return () => {
      world.close();
      setLive(undefined);
    };
  }, [token]);
  if (live === undefined) {
    return (
      <SignIn
        words={words}
        error={error}
        onToken={(given) => {
          setError(undefined);
          setToken(given);
        }}
      />
    );
  }
  return (
    <PageProvider value={{ live, words }}>
      <Workplace
        onLanguage={(language) => {
          localStorage.setItem(languageKey, language);
          setWords(wordsFor(language));
        }}
        onSignOut={() => {
          sessionStorage.removeItem(tokenKey);
          setToken(undefined);
        }}
      />
    </PageProvider>
  );
}

const page = document.getElementById('page');
if (page !== null) {
  render(<Page />, page);
}
