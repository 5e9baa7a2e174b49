using System.Collections.Concurrent;
using LastMile.Events.Testing;
using Microsoft.Extensions.Logging;

namespace Invalidator.Tests;

/// <summary>What the service logs, each line as <c>Warning: text</c>.</summary>
internal sealed class RecordedLog : ILoggerProvider
{
    private readonly ConcurrentQueue<string> lines = [];
    private readonly ConcurrentQueue<string> exceptions = [];

    public IReadOnlyCollection<string> Lines => lines;

    /// <summary>The exceptions that came with them.</summary>
    public IReadOnlyCollection<string> Exceptions => exceptions;

    /// <summary>Whether the service logs what its health checks find.</summary>
    public bool TakesHealth { get; set; }

    /// <summary>Waits for a line that holds a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="after">How many of the first lines don't count.</param>
    public Task<string> HasAsync(string text, int after = 0) => Eventually.Async(
        () => Task.FromResult(lines.Skip(after).FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) ?? string.Join('\n', lines.Skip(after))),
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

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lines.Enqueue($"{logLevel}: {formatter(state, exception)}");
            if (exception is not null)
                exceptions.Enqueue(exception.ToString());
        }
    }
}
