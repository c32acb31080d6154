// First, so that what components say comes after it.
import './tokens.css';
import './base.css';
import { render } from 'preact';
import { App } from './shell/App';

render(<App />, document.getElementById('app')!);
