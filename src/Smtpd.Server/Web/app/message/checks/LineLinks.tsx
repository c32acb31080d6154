import { hrefTo, navigate } from '../../state/route';

const most = 12;

/** Ways to lines of the HTML source. */
export function LineLinks({ lines }: { lines: number[] }) {
  if (lines.length === 0) return null;
  const rest = lines.length - most;
  return (
    <p class="line-links" data-testid="line-links">
      {lines.length === 1 ? 'Line ' : 'Lines '}
      {lines.slice(0, most).map((line, i) => (
        <>
          {i > 0 && ', '}
          <LineLink line={line} />
        </>
      ))}
      {rest > 0 && ` and ${rest.toLocaleString('en')} more`}
    </p>
  );
}

function LineLink({ line }: { line: number }) {
  const href = `${hrefTo({ tab: 'source' })}#L${line}`;
  const follow = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(href);
  };
  return (
    <a href={href} onClick={follow} aria-label={`Line ${line} of the HTML source`} data-testid={`line-${line}`}>
      {line}
    </a>
  );
}
