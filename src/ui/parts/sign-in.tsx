import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { RequestFailed } from '../api/client.ts';
import type { Words } from '../words/en.ts';

export interface SignInProps {
  readonly words: Words;
  readonly error: unknown;
  readonly onToken: (token: string) => void;
}

function sentence(words: Words, error: unknown): string {
  if (error instanceof RequestFailed && error.status === 401) {
    return words.signIn.refused;
  }
  if (error instanceof RequestFailed && error.status === 0) {
    return words.signIn.unreachable;
  }
  return error instanceof Error ? error.message : String(error);
}

/** Asks for the token, and says where one comes from. */
export function SignIn({ words, error, onToken }: SignInProps): JSX.Element {
  const [token, setToken] = useState('');
  return (
    <main class="sign-in">
      <form
        class="card form"
        onSubmit={(event) => {
          event.preventDefault();
          onToken(token.trim());
        }}
      >
        <h1>{words.title}</h1>
        <p>{words.signIn.welcome}</p>
        <label>
          {words.field.token}
          <input
            type="password"
            name="token"
            required
            autocomplete="current-password"
            value={token}
            onInput={({ currentTarget }) => setToken(currentTarget.value)}
          />
        </label>
        {error !== undefined && (
          <p class="failure" role="alert">
            {sentence(words, error)}
          </p>
        )}
        <div class="buttons">
          <button type="submit" class="main">
            {words.action.signIn}
          </button>
        </div>
        <p class="faint">{words.signIn.where}</p>
      </form>
    </main>
  );
}
