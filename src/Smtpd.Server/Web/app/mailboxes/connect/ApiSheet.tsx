import { CopyButton } from '../../ui/CopyButton';
import { apiCommands } from './snippets';
import { Value, Values } from './ValueList';
import type { ApiValues } from './values';

export const ApiSheet = ({ values }: { values: ApiValues }) => (
  <section class="card" aria-labelledby="connect-api" data-testid="connect-api">
    <h2 id="connect-api">API</h2>
    <Values>
      <Value name="Address" value={values.base} testId="api-base" />
    </Values>
    <ul class="connect-commands">
      {apiCommands(values).map(({ id, title, code }) => (
        <li key={id} data-testid={`api-${id}`}>
          <h3>{title}</h3>
          <div>
            <code>{code}</code>
            <CopyButton text={code} label={`Copy the command: ${title}`} />
          </div>
        </li>
      ))}
    </ul>
    <p>
      <a href="/openapi/v1.json" target="_blank" rel="noreferrer">
        All of the API
      </a>{' '}
      <span class="muted">in OpenAPI 3.1</span>
    </p>
  </section>
);
