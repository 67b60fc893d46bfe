// The panel «Examples»: who to be, and what to try. An example opens in a tab of its own, ready to run.
import { Button, type GraphiQLPlugin, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useState } from 'react';

import {
  COMPANIES, type Company, EXAMPLES, type Example, find, headersOf, Missing, NoDemo, ROLES, type Role, roleOf, run, textOf,
  variablesOf,
} from './examples';
import { keepLanguage, type Language, language, words } from './words';

const pretty = (value: unknown) => (value === undefined ? '' : JSON.stringify(value, null, 2));

function Panel() {
  const [chosen, setChosen] = useState<Language>(language);
  const [company, setCompany] = useState<Company>(COMPANIES[0]!);
  const [status, setStatus] = useState('');
  const { queryEditor, variableEditor, headerEditor } = useGraphiQL((state) => ({
    queryEditor: state.queryEditor,
    variableEditor: state.variableEditor,
    headerEditor: state.headerEditor,
  }));
  const { addTab, setOperationName } = useGraphiQLActions();
  const say = words(chosen);

  const attempt = async (what: () => Promise<string>) => {
    setStatus('…');
    try {
      setStatus(await what());
    } catch (error) {
      if (error instanceof NoDemo) setStatus(say.noDemo);
      else if (error instanceof Missing) setStatus(`${say.nothing}: ${error.message}`);
      else setStatus(String(error instanceof Error ? error.message : error));
    }
  };
  const logIn = (role: Role) => attempt(async () => {
    headerEditor?.setValue(pretty(await headersOf(role, company)));
    return role === 'anonymous' ? '' : say.loggedIn;
  });
  const open = (example: Example) => attempt(async () => {
    const its = COMPANIES.find((one) => one.name === example.company) ?? company;
    const headers = await headersOf(roleOf(example), its);
    const variables = await variablesOf(example, its);
    addTab();
    const text = textOf(example);
    queryEditor?.setValue(text);
    // GraphiQL would find it a moment later, and until then run the tab under the name of the one before.
    setOperationName(/^(?:query|mutation|subscription) (\w+)/m.exec(text)?.[1] ?? '');
    variableEditor?.setValue(pretty(variables));
    headerEditor?.setValue(pretty(headers));
    return its === company ? '' : its.name;
  });
  const cause = (example: Example) => attempt(async () => {
    await run(find(example.cause!), company);
    return say.caused;
  });
  const speak = (next: Language) => {
    keepLanguage(next);
    setChosen(next);
  };

  return (
    <section className="zapys-examples" lang={chosen} aria-label={say.title}>
      <header>
        <h2>{say.title}</h2>
        {(['uk', 'en'] as const).map((one) => (
          <button key={one} type="button" aria-pressed={one === chosen} onClick={() => speak(one)}>{one}</button>
        ))}
      </header>
      <p>{say.about}</p>
      <label>
        {say.company}{' '}
        <select value={company.name} onChange={(event) => setCompany(COMPANIES.find((one) => one.name === event.target.value)!)}>
          {COMPANIES.map((one) => <option key={one.name}>{one.name}</option>)}
        </select>
      </label>
      <output aria-live="polite">{status}</output>
      {ROLES.map((role) => (
        <section key={role} aria-label={say[role]}>
          <h3>
            {say[role]}
            <Button type="button" onClick={() => logIn(role)}>{role === 'anonymous' ? say.logOut : say.logIn}</Button>
          </h3>
          <ul>
            {EXAMPLES.filter((example) => roleOf(example) === role).map((example) => (
              <li key={example.name}>
                <button type="button" data-example={example.name} onClick={() => open(example)}>{example[chosen]}</button>
                {example.cause && <Button type="button" data-cause={example.name} onClick={() => cause(example)}>{say.cause}</Button>}
              </li>
            ))}
          </ul>
        </section>
      ))}
    </section>
  );
}

function Icon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M9 3h6M10 3v6L4.5 18.5A1.7 1.7 0 0 0 6 21h12a1.7 1.7 0 0 0 1.5-2.5L14 9V3M7.5 14.5h9" />
    </svg>
  );
}

/** GraphiQL tells plugins apart by title, so it does not change with the language of the panel. */
export const examplesPlugin: GraphiQLPlugin = { title: words(language()).title, icon: Icon, content: Panel };
