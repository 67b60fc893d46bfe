// Bookings: a page of them by hand, one by its id, a step of one, and word of changes.
declare function graphql(text: TemplateStringsArray): unknown;

export const bookingsQuery = graphql`
  query bookingsQuery($staff: [ID!], $count: Int!, $cursor: String) {
    bookings(filter: { staffIds: $staff }, orderBy: { field: STARTS_AT, descending: true }, first: $count, after: $cursor)
      @connection(key: "bookingsQuery_bookings", filters: ["filter"]) {
      totalCount
      edges {
        node {
          id
          ...bookingsRow
        }
      }
      pageInfo {
        hasPreviousPage
        hasNextPage
        startCursor
        endCursor
      }
    }
  }
`;

export const bookingsRow = graphql`
  fragment bookingsRow on Booking @refetchable(queryName: "bookingsRowRefetchQuery") {
    reference
    status
    startsAt
    version
    client {
      id
      name
    }
  }
`;

export const bookingsNodeQuery = graphql`
  query bookingsNodeQuery($id: ID!) {
    node(id: $id) {
      __typename
      id
      ...bookingsRow @alias
      ... on Client {
        name
      }
    }
  }
`;

export const bookingsConfirmMutation = graphql`
  mutation bookingsConfirmMutation($input: BookingConfirmInput!) {
    bookingConfirm(input: $input) {
      booking {
        id
        ...bookingsRow
      }
      current {
        id
        ...bookingsRow
      }
      userErrors {
        code
        field
        message
      }
    }
  }
`;

export const bookingsChangedSubscription = graphql`
  subscription bookingsChangedSubscription($locations: [ID!]) {
    calendarChanged(locationIds: $locations) {
      kind
      bookingId
      booking {
        id
        ...bookingsRow
      }
    }
  }
`;
