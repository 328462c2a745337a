import { mount } from 'svelte';
import App from './App.svelte';
import { applyDisplay } from './design/display.svelte';
import './design/index.css';
import { language } from './i18n';

document.documentElement.lang = language();
applyDisplay();

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');
mount(App, { target });
