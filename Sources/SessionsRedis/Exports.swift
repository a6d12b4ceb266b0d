// What users pass to a store, and what a client of their own conforms to: `import SessionsRedis` is enough.
@_exported public import SessionsRedisClient
