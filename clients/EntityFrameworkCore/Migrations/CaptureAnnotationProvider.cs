using LastMile.Events.EntityFrameworkCore.Declaring;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata.Internal;

namespace LastMile.Events.EntityFrameworkCore.Migrations;

/// <summary>Projects the purge rules of entities onto their tables, where the comparison of two models finds a change of them.</summary>
internal sealed class CaptureAnnotationProvider(RelationalAnnotationProviderDependencies dependencies) : NpgsqlAnnotationProvider(dependencies)
{
    public override IEnumerable<IAnnotation> For(ITable table, bool designTime) =>
        designTime && CaptureDeclaration.Of(table) is { } declaration
            ? base.For(table, designTime).Append(new Annotation(CaptureDeclaration.Annotation, declaration.ToJson()))
            : base.For(table, designTime);
}
