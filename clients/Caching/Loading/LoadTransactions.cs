using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using System.Reflection;

namespace LastMile.Events.Caching.Loading;

/// <summary>
/// Detects loads whose queries run in a transaction that began before the load. They may see changes that are not committed, or a snapshot
/// that is older than a purge. Entity Framework Core reports its queries; other data providers report none. Thread-safe.
/// </summary>
/// <remarks>
/// The events are part of EF Core's public interface: https://learn.microsoft.com/ef/core/logging-events-diagnostics/diagnostic-listeners.
/// </remarks>
internal sealed class LoadTransactions : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private const string Listener = "Microsoft.EntityFrameworkCore";
    private const string Command = "Microsoft.EntityFrameworkCore.Database.Command.CommandExecuting";
    private const string Transaction = "Microsoft.EntityFrameworkCore.Database.Transaction.TransactionStarted";

    private static readonly AsyncLocal<ObservedLoad?> Current = new();
    private static readonly ConcurrentDictionary<(Type, string), PropertyInfo?> Properties = new();

    private readonly ConcurrentBag<IDisposable> subscriptions = [];

    public LoadTransactions() => subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(this));

    /// <summary>Observes the queries of the calling method and of everything that it awaits from now on, until it is disposed.</summary>
    public static ObservedLoad Observe() => Current.Value = new ObservedLoad(Current.Value?.Running);

    void IObserver<DiagnosticListener>.OnNext(DiagnosticListener value)
    {
        // Not only during a load: EF Core caches for a second that nothing listens.
        if (value.Name == Listener)
            subscriptions.Add(value.Subscribe(this, name => name is Command or Transaction));
    }

    void IObserver<KeyValuePair<string, object?>>.OnNext(KeyValuePair<string, object?> value)
    {
        if (Current.Value is not { } load || value.Value is not { } payload)
            return;
        if (value.Key == Transaction && Read(payload, nameof(Transaction)) is DbTransaction started)
            load.Began(started);
        else if (value.Key == Command && Read(payload, nameof(Command)) is DbCommand { Transaction: { } used })
            load.Used(used);
    }

    void IObserver<DiagnosticListener>.OnCompleted()
    {
    }

    void IObserver<DiagnosticListener>.OnError(Exception error)
    {
    }

    void IObserver<KeyValuePair<string, object?>>.OnCompleted()
    {
    }

    void IObserver<KeyValuePair<string, object?>>.OnError(Exception error)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var subscription in subscriptions)
            subscription.Dispose();
    }

    // By name, so that an application without EF Core does not need its package.
    private static object? Read(object payload, string property) =>
        Properties.GetOrAdd((payload.GetType(), property), static key => key.Item1.GetProperty(key.Item2))?.GetValue(payload);
}

/// <summary>The transactions of one load. Ends with it: what the load has started may run on, and is not observed. Thread-safe.</summary>
/// <param name="outer">The load that runs this one; null for none.</param>
internal sealed class ObservedLoad(ObservedLoad? outer) : IDisposable
{
    private readonly ConcurrentDictionary<DbTransaction, bool> own = new(ReferenceEqualityComparer.Instance);
    private volatile bool hasEnded;

    /// <summary>The innermost load that has not ended; null for none.</summary>
    public ObservedLoad? Running => hasEnded ? outer?.Running : this;

    /// <summary>Whether a query ran in a transaction that had begun before the load.</summary>
    public bool IsInOlderTransaction { get; private set; }

    public void Began(DbTransaction transaction)
    {
        if (!hasEnded)
            own.TryAdd(transaction, true);
        outer?.Began(transaction);
    }

    public void Used(DbTransaction transaction)
    {
        IsInOlderTransaction |= !hasEnded && !own.ContainsKey(transaction);
        outer?.Used(transaction);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        hasEnded = true;
        own.Clear();
    }
}
