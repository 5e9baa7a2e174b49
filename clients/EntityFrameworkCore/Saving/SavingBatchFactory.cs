using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Update;
using Npgsql.EntityFrameworkCore.PostgreSQL.Infrastructure.Internal;
using Npgsql.EntityFrameworkCore.PostgreSQL.Update.Internal;

namespace LastMile.Events.EntityFrameworkCore.Saving;

/// <summary>Begins the batches of <c>SaveChanges</c>: the provider's own, where there is neither a trace nor an actor to send along.</summary>
internal sealed class SavingBatchFactory(ModificationCommandBatchFactoryDependencies dependencies, IDbContextOptions options)
    : NpgsqlModificationCommandBatchFactory(dependencies, options)
{
    // As the base class has it, which keeps its own private.
    private readonly int maxBatchSize = options.FindExtension<NpgsqlOptionsExtension>()?.MaxBatchSize ?? 1000;

    public override ModificationCommandBatch Create() =>
        SavingContext.Of(dependencies.CurrentContext.Context) is { IsEmpty: false } saving
            ? new SavingBatch(dependencies, maxBatchSize, saving)
            : base.Create();
}
