#if Postgres
    import Foundation

    /// What the thread of a pool waits for, and what it then found.
    struct Polled {
        /// The inbox first, then each connection.
        private var descriptors: [pollfd] = []
        /// In milliseconds; -1 is without end.
        var timeout: Int32 = 0

        /// Nothing to wait for.
        init() {}

        init(inbox: Int32, links: [Link], timeout: Int32) {
            descriptors.reserveCapacity(links.count + 1)
            descriptors.append(pollfd(fd: inbox, events: Int16(POLLIN), revents: 0))
            for link in links {
                let events = link.hasUnsent ? POLLIN | POLLOUT : POLLIN
                descriptors.append(pollfd(fd: link.descriptor, events: Int16(events), revents: 0))
            }
            self.timeout = timeout
        }

        mutating func wait() {
            guard !descriptors.isEmpty, poll(&descriptors, nfds_t(descriptors.count), timeout) <= 0 else { return }
            for index in descriptors.indices { descriptors[index].revents = 0 }
        }

        var isInboxReadable: Bool { descriptors.first.map { $0.revents != 0 } ?? false }

        /// Whether something has come for the connection, or can be sent.
        func isReady(_ link: Int) -> Bool {
            descriptors.indices.contains(link + 1) && descriptors[link + 1].revents != 0
        }
    }
#endif
