// What a Relay application asks for. Only its compiler reads this: there is no runtime here.
declare function graphql(text: TemplateStringsArray): unknown;

// A list that grows: a connection with pagination, and an edge added by a mutation.
export const clientsQuery = graphql`
  query clientsQuery($first: Int!, $after: String, $filter: ClientFilterInput) {
    ...clientsList @arguments(first: $first, after: $after, filter: $filter)
  }
`;

export const clientsList = graphql`
  fragment clientsList on Query
  @refetchable(queryName: "clientsListPaginationQuery")
  @argumentDefinitions(first: { type: "Int", defaultValue: 50 }, after: { type: "String" }, filter: { type: "ClientFilterInput" }) {
    clients(first: $first, after: $after, filter: $filter) @connection(key: "clientsList_clients") {
      edges {
        cursor
        node {
          id
          ...clientsCard
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

// A thing that is fetched again by its id.
export const clientsCard = graphql`
  fragment clientsCard on Client @refetchable(queryName: "clientsCardRefetchQuery") {
    name
    tags
    version
    notes {
      id
      body
      pinned
    }
  }
`;

export const clientsCreateMutation = graphql`
  mutation clientsCreateMutation($input: ClientCreateInput!, $connections: [ID!]!) {
    clientCreate(input: $input) {
      client @appendNode(connections: $connections, edgeTypeName: "ClientEdge") {
        id
        ...clientsCard
      }
      userErrors {
        code
        field
        message
      }
    }
  }
`;

export const clientsNoteDeleteMutation = graphql`
  mutation clientsNoteDeleteMutation($input: ClientNoteDeleteInput!) {
    clientNoteDelete(input: $input) {
      note {
        id @deleteRecord
      }
      userErrors {
        code
        message
      }
    }
  }
`;
