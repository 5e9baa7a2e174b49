using System.Collections.Concurrent;
using LastMile.Events.Testing;
using Microsoft.Extensions.Logging;

namespace Invalidator.Tests;

/// <summary>Records the service's log, each line in the form <c>Warning: text</c>.</summary>
internal sealed class RecordedLog : ILoggerProvider
{
    private readonly ConcurrentQueue<string> lines = [];
    private readonly ConcurrentQueue<string> exceptions = [];

    public IReadOnlyCollection<string> Lines => lines;

    /// <summary>The exceptions logged with these lines.</summary>
    public IReadOnlyCollection<string> Exceptions => exceptions;

    /// <summary>Whether the service logs the results of its health checks.</summary>
    public bool LogsHealth { get; set; }

    /// <summary>Waits for a line that contains a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="after">The number of lines to skip at the beginning.</param>
    public Task<string> HasAsync(string text, int after = 0) => Eventually.Async(
        () => Task.FromResult(
            lines.Skip(after).FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal))
                ?? string.Join('\n', lines.Skip(after))),
        line => line.Contains(text, StringComparison.Ordinal),
        sought: $"a log line with '{text}'");

    public ILogger CreateLogger(string categoryName) => new Recorder(lines, exceptions);

    public void Dispose()
    {
    }

    private sealed class Recorder(ConcurrentQueue<string> lines, ConcurrentQueue<string> exceptions) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lines.Enqueue($"{logLevel}: {formatter(state, exception)}");
            if (exception is not null)
                exceptions.Enqueue(exception.ToString());
        }
    }
}
