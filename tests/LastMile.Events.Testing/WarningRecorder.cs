using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace LastMile.Events.Testing;

/// <summary>Records the warnings and errors of a process.</summary>
public sealed class WarningRecorder : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> warnings = new();

    public IReadOnlyCollection<string> Warnings => warnings;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        if (IsEnabled(logLevel))
            warnings.Enqueue(formatter(state, exception));
    }

    public void Dispose()
    {
    }
}
