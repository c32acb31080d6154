import type { ComponentChildren } from 'preact';
import { api } from '../../api/client';
import { Await } from '../../ui/Await';
import { useLoaded } from '../../ui/useLoaded';
import type { Calendar, CalendarEvent, Person } from './calendar';

const most = 1024 * 1024;

export function CalendarPreview({ path }: { path: string }) {
  const calendar = useLoaded(path, async (): Promise<Calendar | string> => {
    const [{ readCalendar }, { text }] = await Promise.all([import('./calendar'), api.beginning(path, most)]);
    try {
      return readCalendar(text);
    } catch (problem) {
      return problem instanceof Error ? problem.message : String(problem);
    }
  });
  return (
    <Await from={calendar}>
      {(value) =>
        typeof value === 'string' ? (
          <p class="muted" role="alert" data-testid="calendar-failed">
            The calendar cannot be read: {value}
          </p>
        ) : (
          <div data-testid="calendar">
            {value.events.length === 0 && <p class="muted">There is no event in it.</p>}
            {value.events.slice(0, 20).map((event, i) => (
              <Event key={i} event={event} method={value.method} />
            ))}
            {value.events.length > 20 && <p class="muted">And {value.events.length - 20} more.</p>}
          </div>
        )
      }
    </Await>
  );
}

function Event({ event, method }: { event: CalendarEvent; method: string }) {
  return (
    <article class="calendar-event">
      <p>
        <span class="badge is-accent">{method || event.kind}</span> {event.status && <span class={`badge ${event.status === 'cancelled' ? 'is-bad' : ''}`}>{event.status}</span>}
      </p>
      <h4 data-testid="event-title">{event.title}</h4>
      <dl>
        {event.when && (
          <Row name="When" testId="event-when">
            {event.when} {event.zone && <span class="muted">{event.zone}</span>}
            {event.whenHere && <p class="muted">{event.whenHere} in your time</p>}
          </Row>
        )}
        {event.recurrence && <Row name="Repeats" testId="event-repeats">{event.recurrence}</Row>}
        {event.where && <Row name="Where" testId="event-where">{event.where}</Row>}
        {event.organiser && <Row name="Organiser" testId="event-organiser"><PersonLine person={event.organiser} /></Row>}
        {event.attendees.length > 0 && (
          <Row name="Invited" testId="event-attendees">
            <ul>
              {event.attendees.map((person) => (
                <li key={person.address}>
                  <PersonLine person={person} />
                </li>
              ))}
            </ul>
          </Row>
        )}
        {event.url && <Row name="Address" testId="event-url">{event.url}</Row>}
        {event.description && <Row name="About" testId="event-description"><p class="calendar-text">{event.description}</p></Row>}
      </dl>
    </article>
  );
}

const Row = ({ name, testId, children }: { name: string; testId: string; children: ComponentChildren }) => (
  <div data-testid={testId}>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

const PersonLine = ({ person }: { person: Person }) => (
  <>
    {person.name} <span class="muted">{person.name ? `<${person.address}>` : person.address}</span> {person.answer && <span class="badge">{person.answer}</span>}{' '}
    {person.isOptional && <span class="badge">optional</span>}
  </>
);
