export { openClusterStore, type ClusterStoreOptions } from './cluster-store.ts'
