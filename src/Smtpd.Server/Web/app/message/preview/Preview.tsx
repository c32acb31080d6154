import { useState } from 'preact/hooks';
import { messagePath } from '../../api/client';
import { kept } from '../../state/kept';
import { isDark } from '../../state/theme';
import { Icon } from '../../ui/Icon';
import type { TabProps } from '../tab';
import Text from '../text/Text';
import { devices, type Device } from './devices';
import { usePreview } from './usePreview';
import './preview.css';

const deviceName = kept('device', 'full', (value) => typeof value === 'string');
const isTurned = kept('turned', false, (value) => typeof value === 'boolean');
const zoom = kept('zoom', 100, (value) => typeof value === 'number' && value >= 25 && value <= 200);
const scheme = kept<'light' | 'dark' | 'page'>('scheme', 'light', (value) => value === 'light' || value === 'dark' || value === 'page');

const zooms = [50, 75, 100, 125, 150];

/** How the message looks: its HTML, made safe by the server, in a frame that may do nothing. */
export default function Preview({ message }: TabProps) {
  const [isRemote, setRemote] = useState(false);
  const source = messagePath(message, 'html') + (isRemote ? '?remote=allow' : '');
  const preview = usePreview(message, source);
  if (preview.state === 'none') return <Text message={message} />;
  if (preview.state === 'loading') return <p class="empty" role="status" data-testid="loading">Loading…</p>;
  if (preview.state === 'failed') return <p class="empty" role="alert">{preview.text}</p>;

  const device = devices.find((each) => each.id === deviceName.value) ?? devices[0]!;
  const isShownDark = scheme.value === 'dark' || (scheme.value === 'page' && isDark.value);
  return (
    <div class="preview">
      <div class="tab-bar" role="toolbar" aria-label="Preview">
        <div class="switch" role="group" aria-label="Device">
          {devices.map((each) => (
            <button key={each.id} type="button" class="button is-plain is-icon" aria-pressed={each.id === device.id} aria-label={each.title} title={each.title} onClick={() => (deviceName.value = each.id)} data-testid={`device-${each.id}`}>
              <Icon name={each.icon} />
            </button>
          ))}
        </div>
        <button type="button" class="button is-plain is-icon" aria-pressed={isTurned.value} disabled={device.width === undefined} aria-label="Turn the device" title="Turn the device" onClick={() => (isTurned.value = !isTurned.value)} data-testid="rotate"><Icon name="rotate" /></button>
        <label>
          <span class="visually-hidden">Zoom</span>
          <select class="input preview-zoom" value={String(zoom.value)} onChange={(event) => (zoom.value = Number(event.currentTarget.value))} data-testid="zoom">
            {zooms.map((each) => <option key={each} value={each}>{each} %</option>)}
          </select>
        </label>
        <div class="switch" role="group" aria-label="Colour scheme of the message">
          <SchemeButton name="light" icon="sun" label="As in a light mail program" />
          <SchemeButton name="dark" icon="moon" label="As in a dark mail program" />
        </div>
        <span class="spacer" />
        {device.width !== undefined && <span class="muted" data-testid="device-size">{sizeOf(device).join(' × ')}</span>}
      </div>
      {preview.blocked > 0 && !isRemote && (
        <p class="notice" data-testid="blocked">
          <Icon name="image" /> {preview.blocked === 1 ? 'One picture or font' : `${preview.blocked} pictures or fonts`} of other servers not loaded: it would tell the sender that the message was opened.
          <button type="button" class="button" onClick={() => setRemote(true)} data-testid="load-remote">Load</button>
        </p>
      )}
      {isRemote && (
        <p class="notice" data-testid="remote-shown">
          <Icon name="image" /> Pictures of other servers are shown. <button type="button" class="button" onClick={() => setRemote(false)} data-testid="block-remote">Block</button>
        </p>
      )}
      <Frame source={source} title={`Preview of ${message.subject || 'the message'}`} device={device} isDark={isShownDark} />
    </div>
  );
}

const sizeOf = (device: Device): [number, number] => {
  const [width, height] = [device.width ?? 0, device.height ?? 0];
  return isTurned.value ? [height, width] : [width, height];
};

const SchemeButton = ({ name, icon, label }: { name: 'light' | 'dark'; icon: 'sun' | 'moon'; label: string }) => (
  <button type="button" class="button is-plain is-icon" aria-pressed={scheme.value === name} aria-label={label} title={label} onClick={() => (scheme.value = name)} data-testid={`scheme-${name}`}><Icon name={icon} /></button>
);

// `color-scheme` of the frame is what `prefers-color-scheme` is inside it (CSS Color Adjustment 2.5).
function Frame({ source, title, device, isDark }: { source: string; title: string; device: Device; isDark: boolean }) {
  const factor = zoom.value / 100;
  const [width, height] = sizeOf(device);
  const isFull = device.width === undefined;
  const outer = isFull ? {} : { width: `${width * factor}px`, height: `${height * factor}px` };
  const inner = { width: isFull ? `${100 / factor}%` : `${width}px`, height: isFull ? `${100 / factor}%` : `${height}px`, transform: `scale(${factor})`, colorScheme: isDark ? 'dark' : 'light' };
  return (
    <div class={isFull ? 'preview-stage' : 'preview-stage is-device'}>
      <div class="preview-device" style={outer}>
        <iframe class={isDark ? 'preview-frame is-dark' : 'preview-frame'} style={inner} src={source} title={title} sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer" data-testid="preview-frame" />
      </div>
    </div>
  );
}
