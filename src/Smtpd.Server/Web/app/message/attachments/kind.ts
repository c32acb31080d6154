import type { Attachment } from '../../api/types';

/** How an attachment can be looked at. */
export type Kind = 'picture' | 'pdf' | 'calendar' | 'message' | 'text' | 'other';

// Those that the server gives out to be shown.
const pictures = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/bmp', 'image/x-icon', 'image/vnd.microsoft.icon']);
const texts = /^(text\/(?!calendar)[\w.+-]+|application\/(json|xml|yaml|x-yaml|toml|javascript|sql|x-ndjson|[\w.+-]+\+(json|xml))|message\/(delivery-status|disposition-notification|headers|feedback-report))$/;
const textNames = /\.(txt|csv|tsv|json|ndjson|xml|ya?ml|toml|ini|log|md|html?|css|js|ts|sql|vcf|asc|svg)$/i;

export function kindOf({ contentType, fileName }: Pick<Attachment, 'contentType' | 'fileName'>): Kind {
  const type = contentType.toLowerCase();
  const name = fileName ?? '';
  if (pictures.has(type)) return 'picture';
  if (type === 'application/pdf') return 'pdf';
  if (type === 'text/calendar' || type === 'application/ics' || /\.ics$/i.test(name)) return 'calendar';
  if (type === 'message/rfc822' || type === 'message/global' || /\.eml$/i.test(name)) return 'message';
  if (texts.test(type) || textNames.test(name)) return 'text';
  return 'other';
}

/** JSON with line breaks, where it is JSON. */
export function readable(text: string, contentType: string): string {
  if (!/json$/.test(contentType)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
