import { api } from '../../api/client';
import { keyOf, type Header } from '../../api/types';
import { Await } from '../../ui/Await';
import { useLoaded } from '../../ui/useLoaded';
import type { TabProps } from '../tab';
import { AuthenticationView } from './AuthenticationView';
import { EnvelopeView } from './EnvelopeView';
import { FieldList } from './FieldList';
import './headers.css';
import { Way } from './Way';

/** How the mail came here, and all that its header says. */
export default function Headers({ message }: TabProps) {
  const headers = useLoaded(keyOf(message), () => api.headers(message));
  return (
    <Await from={headers}>
      {(fields) => (
        <div class="headers" data-testid="headers">
          <Way message={message} fields={fields} />
          <EnvelopeView message={message} fields={fields} />
          <AuthenticationView fields={fields} />
          <MailingList fields={fields} />
          <FieldList fields={fields} />
        </div>
      )}
    </Await>
  );
}

function MailingList({ fields }: { fields: Header[] }) {
  const list = fields.filter((field) => /^(list-|feedback-id$|precedence$)/i.test(field.name));
  if (list.length === 0) return null;
  return (
    <section aria-labelledby="headers-list" data-testid="headers-list">
      <h2 id="headers-list">Mailing list</h2>
      <dl class="facts card">
        {list.map((field, i) => (
          <div key={i}>
            <dt>{field.name}</dt>
            <dd>{field.value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
