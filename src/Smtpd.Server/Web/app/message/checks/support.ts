import { linesOf, type Features } from './features';

/** The data of caniemail.com: family → platform → version → `y`, `a` (almost), `n` or `u` (unknown), with `#1` for notes. */
export interface SupportData {
  last_update_date: string;
  nicenames: { family: Record<string, string>; platform: Record<string, string> };
  data: FeatureData[];
}

export interface FeatureData {
  slug: string;
  title: string;
  category: string;
  stats: Record<string, Record<string, Record<string, string>>>;
  notes_by_num: Record<string, string> | null;
}

export type Device = 'desktop' | 'mobile' | 'web';
export type Support = 'full' | 'partial' | 'none' | 'unknown';

export interface Client {
  family: string;
  familyTitle: string;
  platform: string;
  title: string;
  device: Device;
}

export interface ClientSupport {
  client: Client;
  support: Support;
  notes: string[];
}

export interface FeatureSupport {
  slug: string;
  title: string;
  category: string;
  lines: number[];
  clients: ClientSupport[];
}

/** Shares of the clients that something is known of, 0 to 1. */
export interface Shares {
  full: number;
  partial: number;
  none: number;
}

const devices: Record<string, Device> = {
  'desktop-app': 'desktop', windows: 'desktop', macos: 'desktop', 'windows-mail': 'desktop',
  ios: 'mobile', android: 'mobile', 'mobile-webmail': 'mobile',
  'desktop-webmail': 'web', webmail: 'web', 'outlook-com': 'web',
};

/** The families that most ask for, before the others. */
export const wellKnown = ['apple-mail', 'gmail', 'outlook', 'yahoo', 'samsung-email', 'thunderbird'];

/** Every client that the data has something about. */
export function clientsOf(data: SupportData): Client[] {
  const clients = new Map<string, Client>();
  for (const feature of data.data) {
    for (const [family, platforms] of Object.entries(feature.stats)) {
      const familyTitle = data.nicenames.family[family] ?? family;
      for (const platform of Object.keys(platforms)) {
        const title = `${familyTitle}, ${data.nicenames.platform[platform] ?? platform}`;
        clients.set(`${family} ${platform}`, { family, familyTitle, platform, title, device: devices[platform] ?? 'desktop' });
      }
    }
  }
  const rank = (client: Client) => (wellKnown.includes(client.family) ? wellKnown.indexOf(client.family) : wellKnown.length);
  return [...clients.values()].sort((a, b) => rank(a) - rank(b) || a.title.localeCompare(b.title, 'en'));
}

/** What each client makes of each feature that is used; what they know least first. */
export function supportOf(data: SupportData, features: Features, clients: Client[]): FeatureSupport[] {
  return data.data
    .filter((feature) => features.has(feature.slug))
    .map((feature) => ({
      slug: feature.slug,
      title: feature.title.trim(),
      category: feature.category,
      lines: linesOf(features, feature.slug),
      clients: clients.map((client) => inClient(feature, client)),
    }))
    .sort((a, b) => sharesOf(a.clients).full - sharesOf(b.clients).full || a.title.localeCompare(b.title, 'en'));
}

function inClient(feature: FeatureData, client: Client): ClientSupport {
  // Versions stand in the order of time; the newest counts.
  const stated = newest(feature.stats[client.family]?.[client.platform] ?? {}) ?? 'u';
  const notes = [...stated.matchAll(/#(\d+)/g)].map((match) => feature.notes_by_num?.[match[1]!]).filter((note) => note !== undefined);
  const support = ({ y: 'full', a: 'partial', n: 'none' } as const)[stated[0] as 'y' | 'a' | 'n'] ?? 'unknown';
  return { client, support, notes };
}

// Names like "2019" come out of an object before all others, so years are compared; the rest keeps its order.
function newest(versions: Record<string, string>): string | undefined {
  const names = Object.keys(versions);
  const isDated = names.every((name) => /^\d{4}(-\d{2})?$/.test(name));
  const last = isDated ? names.sort().at(-1) : names.at(-1);
  return last === undefined ? undefined : versions[last];
}

export function sharesOf(clients: ClientSupport[]): Shares {
  const known = clients.filter((each) => each.support !== 'unknown');
  const share = (support: Support) => (known.length === 0 ? 0 : known.filter((each) => each.support === support).length / known.length);
  return { full: share('full'), partial: share('partial'), none: share('none') };
}

/** The mean over the features: what an average client makes of the mail. */
export function meanOf(features: FeatureSupport[]): Shares {
  const shares = features.map((feature) => sharesOf(feature.clients)).filter((each) => each.full + each.partial + each.none > 0);
  const mean = (part: keyof Shares) => (shares.length === 0 ? 1 : shares.reduce((sum, each) => sum + each[part], 0) / shares.length);
  return shares.length === 0 ? { full: 1, partial: 0, none: 0 } : { full: mean('full'), partial: mean('partial'), none: mean('none') };
}

export interface FamilySupport {
  title: string;
  support: Support | 'mixed';
  clients: ClientSupport[];
}

/** Clients of one family together; `mixed` where they differ. */
export function byFamily(clients: ClientSupport[]): FamilySupport[] {
  const families = new Map<string, FamilySupport>();
  for (const each of clients) {
    if (each.support === 'unknown') continue;
    const family = families.get(each.client.family);
    if (!family) {
      families.set(each.client.family, { title: each.client.familyTitle, support: each.support, clients: [each] });
    } else {
      family.clients.push(each);
      if (family.support !== each.support) family.support = 'mixed';
    }
  }
  return [...families.values()];
}

export interface Note {
  text: string;
  clients: string[];
}

/** Each note once, with the clients it is about. */
export function notesOf(clients: ClientSupport[]): Note[] {
  const notes = new Map<string, string[]>();
  for (const { client, notes: texts } of clients) for (const text of texts) notes.set(text, [...(notes.get(text) ?? []), client.title]);
  return [...notes].map(([text, titles]) => ({ text, clients: titles }));
}
