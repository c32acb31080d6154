import { describe, expect, it } from 'vitest';
import real from 'caniemail/caniemail.json';
import { byFamily, clientsOf, meanOf, notesOf, sharesOf, supportOf, type SupportData } from './support';

const data: SupportData = {
  last_update_date: '2026-01-01',
  nicenames: { family: { gmail: 'Gmail', outlook: 'Outlook' }, platform: { ios: 'iOS', windows: 'Windows', 'desktop-webmail': 'Desktop Webmail' } },
  data: [
    {
      slug: 'html-p', title: '<p> element', category: 'html', notes_by_num: { '1': 'Only sometimes.' },
      stats: {
        outlook: { windows: { '2019': 'y', '2007': 'n' }, ios: { '2019-02': 'n', '2020-11': 'a #1' } },
        gmail: { 'desktop-webmail': { '2019-02': 'y' }, ios: { '2019-02': 'u' } },
      },
    },
    { slug: 'html-b', title: '<b> element', category: 'html', notes_by_num: null, stats: { gmail: { ios: { '9.1': 'y', '10.2': 'n' } } } },
  ],
};
const clients = clientsOf(data);
const features = supportOf(data, new Map([['html-p', new Set([3, 1])], ['html-b', new Set([1])]]), clients);
const p = features.find((each) => each.slug === 'html-p')!;

describe('support', () => {
  it('lists clients, the well known first', () => {
    expect(clients.map((client) => `${client.title}: ${client.device}`)).toEqual([
      'Gmail, Desktop Webmail: web', 'Gmail, iOS: mobile', 'Outlook, iOS: mobile', 'Outlook, Windows: desktop',
    ]);
  });

  it('takes the newest version', () => {
    expect(p.clients.map((each) => each.support)).toEqual(['full', 'unknown', 'partial', 'full']);
    expect(features.find((each) => each.slug === 'html-b')!.clients[1]!.support).toBe('none');
  });

  it('counts only clients that something is known of', () => {
    expect(sharesOf(p.clients)).toEqual({ full: 2 / 3, partial: 1 / 3, none: 0 });
    expect(meanOf(features).full).toBeCloseTo(1 / 3);
    expect(meanOf([])).toEqual({ full: 1, partial: 0, none: 0 });
  });

  it('puts families together', () => {
    expect(byFamily(p.clients).map((family) => `${family.title} ${family.support}`)).toEqual(['Gmail full', 'Outlook mixed']);
    expect(notesOf(p.clients)).toEqual([{ text: 'Only sometimes.', clients: ['Outlook, iOS'] }]);
  });

  it('has the worst first, with its lines', () => {
    expect(features.map((each) => each.slug)).toEqual(['html-b', 'html-p']);
    expect(p.lines).toEqual([1, 3]);
  });

  it('reads the whole of the real data', { timeout: 60_000 }, () => {
    const all = supportOf(real, new Map(real.data.map((feature) => [feature.slug, new Set([1])])), clientsOf(real));
    expect(all.length).toBe(real.data.length);
    expect(all.flatMap((feature) => feature.clients).filter((each) => each.support === 'full').length).toBeGreaterThan(5000);
  });
});
