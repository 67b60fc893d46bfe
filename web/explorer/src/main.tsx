// The page: GraphiQL as it comes, with our fetcher and our panel of examples.
import 'graphiql/setup-workers/vite';
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import 'graphiql/graphiql.css';
import './style.css';

import { HISTORY_PLUGIN, GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';

import { fetcher } from './fetcher';
import { examplesPlugin } from './panel';
import { storage } from './storage';
import { language, words } from './words';

/** Where GraphiQL keeps which panel is open: the first visit opens ours. */
const isFirstVisit = localStorage.getItem('graphiql:visiblePlugin') === null;

createRoot(document.getElementById('explorer')!).render(
  <GraphiQL
    fetcher={fetcher}
    storage={storage}
    plugins={[HISTORY_PLUGIN, examplesPlugin]}
    visiblePlugin={isFirstVisit ? examplesPlugin : undefined}
    defaultQuery={words(language()).welcome}
    defaultEditorToolsVisibility="headers"
  >
    <GraphiQL.Logo>Zapys</GraphiQL.Logo>
  </GraphiQL>,
);
