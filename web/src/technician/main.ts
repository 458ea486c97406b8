import { start } from '$lib/components/mount'
import App from './App.svelte'

start(App)
