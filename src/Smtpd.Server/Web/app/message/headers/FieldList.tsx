import { useState } from 'preact/hooks';
import type { Header } from '../../api/types';
import { CopyButton } from '../../ui/CopyButton';
import { plural } from '../../ui/format';
import { explanationOf } from './explanations';

/** All fields in their order, to be searched and copied. */
export function FieldList({ fields }: { fields: Header[] }) {
  const [filter, setFilter] = useState('');
  const [isRaw, setRaw] = useState(false);
  const wanted = filter.trim().toLowerCase();
  const shown = fields.filter((field) => wanted === '' || `${field.name}: ${field.value}\n${field.raw}`.toLowerCase().includes(wanted));
  const valueOf = (field: Header) => (isRaw ? field.raw : field.value);
  const all = shown.map((field) => `${field.name}: ${valueOf(field)}`).join('\n');
  return (
    <section aria-labelledby="headers-fields" data-testid="headers-fields">
      <h2 id="headers-fields">All fields</h2>
      <div class="fields-bar">
        <input class="input" type="search" aria-label="Filter the fields" placeholder="Filter by name or value" value={filter} onInput={(event) => setFilter(event.currentTarget.value)} data-testid="headers-filter" />
        <button type="button" class="button" aria-pressed={isRaw} onClick={() => setRaw(!isRaw)} data-testid="headers-raw">
          Raw
        </button>
        <CopyButton text={all} label="Copy all fields shown" testId="headers-copy" />
        <span class="muted" role="status" data-testid="headers-count">
          {wanted === '' ? plural(fields.length, 'field') : `${shown.length} of ${fields.length}`}
        </span>
      </div>
      {shown.length === 0 ? (
        <p class="muted">No field has “{filter}” in it.</p>
      ) : (
        <dl class="fields card">
          {shown.map((field, i) => (
            <div key={i} data-testid={`header-${field.name.toLowerCase()}`}>
              <dt>
                {field.name}
                <CopyButton text={valueOf(field)} label={`Copy ${field.name}`} />
              </dt>
              <dd>
                <code>{valueOf(field)}</code>
                {explanationOf(field.name) && <p class="muted">{explanationOf(field.name)}</p>}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
